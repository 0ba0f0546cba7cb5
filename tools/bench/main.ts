import { cpus, release, totalmem } from 'node:os';
import { toLabError } from '../../sandbox/errors.ts';
import { interruption } from '../../sandbox/interruption.ts';
import { prepareAtTerminal } from '../../sandbox/setup/prepare-at-terminal.ts';
import type { PreparedEngine } from '../../sandbox/providers/docker/preparation/prepare-images.ts';
import type { Bench } from './bench.ts';
import { measureData } from './data.ts';
import { measureDensity } from './density.ts';
import { measureFreeze } from './freeze.ts';
import { type Figure, toTable } from './figures.ts';
import { measureHour } from './hour.ts';
import { measureIdle } from './idle.ts';
import { measurePage } from './page.ts';
import { measureStart } from './start.ts';
import { measureTerminal } from './terminal.ts';
import { measureWarm } from './warm.ts';

const LAB = 'concepts/nodes-pods-containers';

const parts: Record<string, (bench: Bench) => Promise<Figure[]>> = {
  start: measureStart,
  warm: measureWarm,
  density: measureDensity,
  idle: measureIdle,
  terminal: measureTerminal,
  page: measurePage,
  data: measureData,
  freeze: measureFreeze,
  hour: measureHour,
};
/** Parts that run only when named. */
const LONG = ['freeze', 'hour'];

/**
 * `npm run bench -- [start] [warm] [density] [idle] [terminal] [page] [data] [freeze] [hour]`:
 * measures the named parts, or all except the last two, one after another, and prints one table.
 */
async function main(names: readonly string[], signal: AbortSignal): Promise<void> {
  const unknown = names.find((name) => !(name in parts));
  if (unknown !== undefined) {
    console.error(`Unknown benchmark "${unknown}". Choose from: ${Object.keys(parts).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const prepared = await prepareAtTerminal({ log: 'bench.log', signal });
  const fail = (what: string, error: unknown): void => {
    console.error(`${what} could not be measured:`, error);
    process.exitCode = 1;
  };
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (names.length > 0 ? !names.includes(name) : LONG.includes(name)) continue;
    console.error(`Measuring ${name} …`);
    try {
      figures.push(...(await measure({ ...prepared, lab: LAB, signal, fail })));
    } catch (error) {
      signal.throwIfAborted();
      fail(name, error);
    }
  }
  console.log(`\n${toTable(figures)}\n\n${await machine(prepared)}`);
}

async function machine({ engine }: PreparedEngine): Promise<string> {
  const { version, cgroupVersion } = await engine.info();
  const model = cpus()[0]?.model.trim() ?? 'CPU';
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} × ${model}, ${memory} GiB`,
    `kernel ${release()}, cgroup v${cgroupVersion}, engine ${version}, Node.js ${process.version}`,
  ].join('; ');
}

const signal = interruption();
try {
  await main(process.argv.slice(2), signal);
} catch (error) {
  if (!signal.aborted) {
    const { code, message, hint } = toLabError(error);
    console.error(`${code}: ${message}\n${hint}`);
  }
  process.exitCode = signal.aborted ? 130 : 1;
}
// A call that the engine never answers must not keep the process alive.
process.exit();
