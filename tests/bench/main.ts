import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../sandbox/config.ts';
import { prepareImages } from '../../sandbox/setup/prepare-images.ts';
import { Stages } from '../../sandbox/setup/stages.ts';
import { createLog } from '../../sandbox/telemetry/log.ts';
import { Learner } from '../support/learner.ts';
import { ServerProcess } from '../support/server-process.ts';
import { measureDensity } from './density.ts';
import { type Figure, toTable } from './figures.ts';
import { measureIdle } from './idle.ts';
import { measureStart } from './start.ts';
import { measureTerminal } from './terminal.ts';
import { measureWarm } from './warm.ts';

const LAB = 'concepts/nodes-pods-containers';

type Prepared = Awaited<ReturnType<typeof prepareImages>>;

const parts: Record<string, (prepared: Prepared) => Promise<Figure[]>> = {
  start: async ({ engine, images }) => measureStart(engine, images.node),
  warm: async () => measureWarm(LAB),
  density: async () => measureDensity(LAB),
  idle: async () => measureIdle(LAB),
  terminal: async () => {
    await using server = await (await new ServerProcess().start()).ready();
    const learner = new Learner(server.origin);
    const { id } = await learner.start(LAB);
    using terminal = await learner.terminal(id);
    return await measureTerminal(terminal);
  },
};

/** `npm run bench -- [start] [warm] [density] [idle] [terminal]`: measures the parts named, or all, one after another, and prints one table. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => !(name in parts));
  if (unknown !== undefined) {
    console.error(
      `There is no benchmark "${unknown}". There are: ${Object.keys(parts).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  const config = readConfig();
  const prepared = await prepareImages({
    config,
    stages: new Stages(),
    log: createLog(config.logLevel, join(config.home, 'logs', 'bench.log')),
    signal: AbortSignal.timeout(3600_000),
  });
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.error(`measuring ${name} …`);
    try {
      figures.push(...(await measure(prepared)));
    } catch (error) {
      console.error(`${name} could not be measured:`, error);
      process.exitCode = 1;
    }
  }
  console.log(`\n${toTable(figures)}\n\n${await machine(prepared)}`);
}

async function machine({ engine }: Prepared): Promise<string> {
  const { version, cgroupVersion } = await engine.info();
  const model = cpus()[0]?.model.trim() ?? 'CPU';
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} × ${model}, ${memory} GiB`,
    `kernel ${release()}, cgroup v${cgroupVersion}, engine ${version}, Node.js ${process.version}`,
  ].join('; ');
}

await main(process.argv.slice(2));
process.exit();
