import { setTimeout as delay } from 'node:timers/promises';
import { KindCluster } from '../../sandbox/providers/docker/nodes/kind-cluster.ts';
import { Learner } from '../support/learner.ts';
import { type Bench, startServer, untilWarm } from './bench.ts';
import { byKindCli, byKindCluster, ColdTimes, measureCold } from './cold.ts';
import type { Figure } from './figures.ts';
import { KindCli } from './kind-cli.ts';
import { Sleeper } from './sleeper.ts';
import { LeaseTimes, measureLease } from './warm.ts';

const ROUNDS = 5;
/** Background work after a removal is done by then. */
const REST_MS = 3_000;

/** Everything that the rounds measure. */
class Times {
  readonly kind = new ColdTimes();
  readonly kubeadm = new ColdTimes();
  readonly template = new ColdTimes();
  readonly lease = new LeaseTimes();
  sleeper: Pick<Sleeper, 'answers' | 'awake' | 'freezes' | 'notReady'> | undefined;
}

/** Starts a cluster one way; everything it needs already exists. */
type Contender = () => Promise<void>;

/**
 * Measures the ways to a cluster of three nodes, in turn, round by round: the `kind` CLI, kubeadm,
 * the template, a sandbox from the pool, a frozen sandbox. One that fails is reported and left out
 * of the remaining rounds.
 */
export async function measureStart(bench: Bench): Promise<Figure[]> {
  const { signal } = bench;
  const times = new Times();
  await using lifetime = new AsyncDisposableStack();
  const contenders = await prepare(bench, times, lifetime);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [what, contender] of contenders) {
      try {
        await contender();
      } catch (error) {
        signal.throwIfAborted();
        bench.fail(what, error);
        contenders.delete(what);
      }
      await delay(REST_MS, undefined, { signal });
    }
  }
  return toFigures(times);
}

async function prepare(
  bench: Bench,
  times: Times,
  lifetime: AsyncDisposableStack,
): Promise<Map<string, Contender>> {
  const contenders = new Map<string, Contender>();
  const add = async (what: string, make: () => Promise<Contender>): Promise<void> => {
    try {
      contenders.set(what, await make());
    } catch (error) {
      bench.signal.throwIfAborted();
      bench.fail(what, error);
    }
  };
  const name = `kindlab-bench-${process.pid}`;
  const cluster = (): KindCluster => new KindCluster(bench.images.node).withName(name);
  await add('the kind CLI', async () => {
    const start = byKindCli(lifetime.use(await KindCli.prepare(bench, `${name}-kind`)));
    return async () => measureCold(bench, { name: `${name}-kind`, start, times: times.kind });
  });
  contenders.set('the kubeadm flow', async () => {
    const start = byKindCluster(cluster);
    await measureCold(bench, { name, start, times: times.kubeadm });
  });
  contenders.set('the template', async () => {
    const start = byKindCluster(() => cluster().fromTemplate());
    await measureCold(bench, { name, start, times: times.template });
  });
  await add('warm and frozen sandboxes', async () => prepareRest(bench, times, lifetime));
  return contenders;
}

/** Keeps one sandbox frozen while another one is leased from the pool and replaced. */
async function prepareRest(
  bench: Bench,
  times: Times,
  lifetime: AsyncDisposableStack,
): Promise<Contender> {
  const { lab, signal } = bench;
  const environment = { KINDLAB_POOL_MIN: '1', KINDLAB_POOL_MAX: '1' };
  const server = lifetime.use(await startServer(bench, environment));
  await untilWarm(server, 1, signal);
  const sleeper = lifetime.use(await Sleeper.start(bench));
  times.sleeper = sleeper;
  const learner = new Learner(server.origin);
  return async () =>
    sleeper.sleep(async () => {
      await learner.end(await measureLease(learner, lab, times.lease));
      // The next round must start on an idle machine.
      await untilWarm(server, 1, signal);
    });
}

function toFigures({ kind, kubeadm, template, lease, sleeper }: Times): Figure[] {
  const pods = { kind: kind.pod, kubeadm: kubeadm.pod };
  const podsMs = { kind: toMs(kind.pod), kubeadm: toMs(kubeadm.pod) };
  const nodes = { kind: kind.nodes, kubeadm: kubeadm.nodes };
  const cpu = { kind: kind.cpu, kubeadm: kubeadm.cpu };
  const cold = (what: string, samples: number[], against: Figure['against'] = {}): Figure => ({
    ...{ what, samples, unit: 's', against },
  });
  const quick = (
    what: string,
    samples: number[] = [],
    against: Figure['against'] = {},
  ): Figure => ({
    ...{ what, samples, unit: 'ms', against },
  });
  return [
    cold('`kind create cluster`, three nodes, to a running pod', kind.pod),
    cold('… to all nodes Ready', kind.nodes),
    cold('… until it returns', kind.returned),
    cold('… CPU of its nodes', kind.cpu),
    cold('kubeadm flow, to a running pod', kubeadm.pod, { kind: kind.pod }),
    cold('… to all nodes Ready', kubeadm.nodes, { kind: kind.nodes }),
    cold('… to working names and Services', kubeadm.returned),
    cold('… CPU of its nodes', kubeadm.cpu, { kind: kind.cpu }),
    cold('template boot, to a running pod', template.pod, pods),
    cold('… to all nodes Ready', template.nodes, nodes),
    cold('… to working names and Services', template.returned, { kubeadm: kubeadm.returned }),
    cold('… CPU of its nodes', template.cpu, cpu),
    cold('… its removal', template.removed),
    quick('warm session, request to prompt', lease.prompt, podsMs),
    quick('… to kubectl’s answer', lease.kubectl, podsMs),
    quick('frozen sandbox, to kubectl’s answer', sleeper?.answers, podsMs),
    quick('… to an answer of its API server', sleeper?.awake),
    quick('freezing a sandbox', sleeper?.freezes),
    {
      what: 'nodes seen not Ready, frozen and after waking',
      samples: sleeper?.notReady ?? [],
      unit: '',
    },
  ];
}

function toMs(seconds: readonly number[]): number[] {
  return seconds.map((value) => value * 1_000);
}
