import type { LabCheckAnswer, LabNodeAnswer } from '../../../src/protocol/lab-command.ts';
import { ask, Refusal } from './ask.ts';
import { describeChecks, exitCodeOf } from './checks.ts';
import { readCluster } from './read-cluster.ts';
import { drawMap } from './map.ts';
import { coloured, plain } from './paint.ts';
import { watchScreen } from './watch.ts';

const USAGE = `lab check [STEP]      run the checks of a step, by default the first incomplete one
lab map [--watch]     draw the cluster; --watch repeats it until Ctrl-C
lab node stop NODE    cut the power of a worker
lab node start NODE   restore its power
lab help              show this help`;

const print = (lines: readonly string[]): unknown => process.stdout.write(`${lines.join('\n')}\n`);
const paint = process.stdout.isTTY && process.env.NO_COLOR === undefined ? coloured : plain;

/** Returns the exit code. */
async function main([verb = 'help', ...rest]: readonly string[]): Promise<number> {
  const [first, second, third] = rest;
  if (verb === 'check' && second === undefined) {
    const answer = await ask<LabCheckAnswer>({
      do: 'check',
      ...(first === undefined ? {} : { step: first }),
    });
    print(describeChecks(answer, paint));
    return exitCodeOf(answer);
  }
  const isWatch = first === '--watch' || first === '-w';
  if (verb === 'map' && second === undefined && (first === undefined || isWatch)) {
    // Terminals disagree on whether a full last column wraps the line.
    const draw = async (): Promise<string[]> =>
      drawMap(await readCluster(), (process.stdout.columns || 80) - 1, paint);
    if (isWatch && process.stdout.isTTY) await watchScreen(draw);
    else print(await draw());
    return 0;
  }
  const isPower = verb === 'node' && (first === 'stop' || first === 'start');
  if (isPower && second !== undefined && third === undefined) {
    const { changed } = await ask<LabNodeAnswer>({ do: 'node', to: first, node: second });
    const state = first === 'stop' ? 'off' : 'on';
    print([changed ? `${second} is ${state} now.` : `${second} was ${state} already.`]);
    return 0;
  }
  if (['help', '--help', '-h'].includes(verb)) {
    print([USAGE]);
    return 0;
  }
  process.stderr.write(`${USAGE}\n`);
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
