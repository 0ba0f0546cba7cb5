import { Semaphore } from '../../src/async.ts';
import type { Bench } from './bench.ts';
import type { Figure } from './figures.ts';
import { Sleeper } from './sleeper.ts';

const SANDBOXES = 5;
const ROUNDS = 4;
/** Longer than any part of Kubernetes trusts another that it does not hear from. */
const ASLEEP_MS = 120_000;
/** The server, too, wakes three at a time. */
const THAWS_AT_ONCE = 3;

/**
 * What a learner sees of 20 freezes of two minutes, five sandboxes side by side: failures that are
 * reported for nodes that only slept, and the time until the cluster answers.
 */
export async function measureFreeze(bench: Bench): Promise<Figure[]> {
  await using lifetime = new AsyncDisposableStack();
  const sleepers: Sleeper[] = [];
  const thaws = new Semaphore(THAWS_AT_ONCE);
  for (let i = 0; i < SANDBOXES; i++) {
    sleepers.push(lifetime.use(await Sleeper.start(bench, { asleepMs: ASLEEP_MS, thaws })));
  }
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(sleepers.map(async (sleeper) => sleeper.sleep()));
  }
  const all = (of: (sleeper: Sleeper) => readonly number[]): number[] => sleepers.flatMap(of);
  const failures = (counts: readonly number[]): number[] => [
    counts.filter((count) => count > 0).length,
  ];
  const notReady = all((sleeper) => sleeper.notReady);
  const events = all((sleeper) => sleeper.notReadyEvents);
  return [
    { what: 'wake-ups after two minutes asleep', samples: [events.length], unit: '' },
    { what: '… with an event NodeNotReady', samples: failures(events), unit: '' },
    { what: '… with a node seen not Ready', samples: failures(notReady), unit: '' },
    {
      ...{ what: '… to kubectl’s answer', samples: all(({ answers }) => answers), unit: 'ms' },
      show: [0.5, 0.95],
    },
    {
      ...{ what: '… to an answer of its API', samples: all(({ awake }) => awake), unit: 'ms' },
      show: [0.5, 0.95],
    },
    {
      what: '… to freeze it',
      samples: all(({ freezes }) => freezes),
      unit: 'ms',
      show: [0.5, 0.95],
    },
  ];
}
