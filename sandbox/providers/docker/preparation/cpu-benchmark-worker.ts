import { parentPort } from 'node:worker_threads';

const WARM_UP_MS = 60;
const SLICES = 3;
const SLICE_MS = 100;

/** Allocates, sorts, hashes by key and serializes, as a compiler does. */
function round(): number {
  const items = Array.from({ length: 400 }, (_, i) => ({
    name: `symbol${(i * 7919) % 401}`,
    uses: [i, i * 2, i * 3],
  }));
  items.sort((a, b) => (a.name < b.name ? -1 : 1));
  const byName = new Map(items.map((item) => [item.name, item]));
  const text = JSON.stringify([...byName.values()]);
  return (JSON.parse(text) as unknown[]).length;
}

function count(ms: number): number {
  let rounds = 0;
  const end = performance.now() + ms;
  for (; performance.now() < end; rounds++) round();
  return rounds;
}

count(WARM_UP_MS);
// The best slice, so that a short disturbance does not count.
const best = Math.max(...Array.from({ length: SLICES }, () => count(SLICE_MS)));
/** In rounds a second. */
parentPort?.postMessage((best * 1000) / SLICE_MS);
