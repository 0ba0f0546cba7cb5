import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** What {@link countRounds} gives on the machine on which the recipes were measured, idle. */
const REFERENCE = { rounds: 4800, cores: 2 };
/** The share of a build that uses one core: mostly linking. */
const SERIAL = 0.15;
const MOST_WORKERS = 16;
const GIVE_UP_MS = 5_000;

let measured: Promise<number> | undefined;

/**
 * How many times as long as on the reference machine compiling takes here, from less than half a
 * second of work on all cores. Measures once; 1 when that fails.
 */
export async function measureCpuPace(): Promise<number> {
  measured ??= countRounds()
    .then(({ rounds, cores }) => cpuPace(rounds, cores))
    .catch(() => 1);
  return measured;
}

/** @param rounds rounds a second of all cores together */
export function cpuPace(rounds: number, cores: number, reference = REFERENCE): number {
  const all = reference.rounds / rounds;
  const one = reference.rounds / reference.cores / (rounds / cores);
  return SERIAL * one + (1 - SERIAL) * all;
}

/** Rounds a second of all cores together. */
async function countRounds(): Promise<{ rounds: number; cores: number }> {
  const cores = availableParallelism();
  const workers = Array.from(
    { length: Math.min(cores, MOST_WORKERS) },
    () => new Worker(new URL('cpu-benchmark-worker.ts', import.meta.url)),
  );
  try {
    const counts = await Promise.all(workers.map(async (worker) => roundsOf(worker)));
    const rounds = counts.reduce((total, count) => total + count);
    return { rounds: (rounds * cores) / workers.length, cores };
  } finally {
    await Promise.all(workers.map(async (worker) => worker.terminate()));
  }
}

async function roundsOf(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no answer')), GIVE_UP_MS).unref();
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
