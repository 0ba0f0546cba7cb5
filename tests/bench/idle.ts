import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Engine } from '../../sandbox/engine/engine.ts';
import { Label } from '../../sandbox/engine/labels.ts';
import { Learner } from '../support/learner.ts';
import { PROMPT } from '../support/terminal-client.ts';
import type { Figure } from './figures.ts';

const SESSIONS = 3;
const REST_MS = 45_000;
const CPU_MS = 30_000;

/** What a session costs while nobody uses it: what the host has less of, and what its containers compute. */
export async function measureIdle(origin: string, lab: string): Promise<Figure[]> {
  const learner = new Learner(origin);
  const engine = new Engine();
  const memory: number[] = [];
  const cpu: number[] = [];
  const ids: string[] = [];
  await setTimeout(REST_MS / 3);
  let before = availableMiB();
  for (let i = 0; i < SESSIONS; i++) {
    const { id } = await learner.start(lab);
    ids.push(id);
    using terminal = await learner.terminal(id);
    await terminal.waitFor(PROMPT);
    await setTimeout(REST_MS);
    const after = availableMiB();
    memory.push(before - after);
    before = after;
    const start = await cpuSeconds(engine, id);
    await setTimeout(CPU_MS);
    cpu.push((((await cpuSeconds(engine, id)) - start) / (CPU_MS / 1_000)) * 100);
  }
  for (const id of ids) await learner.end(id);
  return [
    { what: 'memory of an idle session (fall of MemAvailable)', samples: memory, unit: 'MiB' },
    { what: 'CPU of an idle session', samples: cpu, unit: '% of a core' },
  ];
}

function availableMiB(): number {
  const kib = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Number(kib) / 1024;
}

async function cpuSeconds(engine: Engine, session: string): Promise<number> {
  const containers = await engine.docker.listContainers({
    filters: { label: [`${Label.session}=${session}`] },
  });
  const all = await Promise.all(
    containers.map(async ({ Id }) => engine.docker.getContainer(Id).stats({ stream: false })),
  );
  return all.reduce((sum, { cpu_stats: stats }) => sum + stats.cpu_usage.total_usage / 1e9, 0);
}
