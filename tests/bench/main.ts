import { cpus, totalmem } from 'node:os';
import { Learner } from '../support/learner.ts';
import { ServerProcess } from '../support/server-process.ts';
import { type Figure, toTable } from './figures.ts';
import { measureIdle } from './idle.ts';
import { measureStart } from './start.ts';
import { measureTerminal } from './terminal.ts';

const LAB = 'concepts/nodes-pods-containers';

const parts: Record<string, (origin: string) => Promise<Figure[]>> = {
  start: async (origin) => measureStart(origin, LAB),
  terminal: async (origin) => {
    const learner = new Learner(origin);
    const { id } = await learner.start(LAB);
    using terminal = await learner.terminal(id);
    const figures = await measureTerminal(terminal);
    await learner.end(id);
    return figures;
  },
  idle: async (origin) => measureIdle(origin, LAB),
};

/** `npm run bench -- [start] [terminal] [idle]`: measures the parts named, or all, on a server of its own, and prints one table. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => !(name in parts));
  if (unknown !== undefined) {
    console.error(
      `There is no benchmark "${unknown}". There are: ${Object.keys(parts).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  const chosen = Object.entries(parts).filter(
    ([name]) => names.length === 0 || names.includes(name),
  );
  await using server = await (await new ServerProcess().start()).ready();
  const figures: Figure[] = [];
  for (const [name, measure] of chosen) {
    console.error(`measuring ${name} …`);
    figures.push(...(await measure(server.origin)));
  }
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(`\n${toTable(figures)}\n`);
  console.log(
    `${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${memory} GiB, Node.js ${process.version}`,
  );
}

await main(process.argv.slice(2));
