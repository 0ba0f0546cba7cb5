import { setTimeout } from 'node:timers/promises';
import { CoreV1Api } from '@kubernetes/client-node';
import { KindCluster, type StartedKindCluster } from '../../sandbox/clusters/kind-cluster.ts';
import type { Engine } from '../../sandbox/engine/engine.ts';
import type { Figure } from './figures.ts';
import { KindCli } from './kind-cli.ts';

const ROUNDS = 5;
/** Longer than kubelet trusts its container runtime unheard. */
const ASLEEP_MS = 35_000;
const LIMIT_MS = 120_000;
const NAME = 'kindlab-bench';

/** A pod of the caller, asked for until the cluster takes it; and waited for. */
const FIRST_POD = `
export KUBECONFIG=/etc/kubernetes/admin.conf
until kubectl run first --image=kindlab/web:1 --image-pull-policy=Never > /dev/null 2>&1; do sleep 0.1; done
kubectl wait pod first --for=condition=Ready --timeout=90s > /dev/null`;

/** The same three nodes in three ways, one after another, as often as the machine's moods want; each clock starts with no container. */
export async function measureStart(engine: Engine, image: string): Promise<Figure[]> {
  await using cli = await new KindCli(engine).prepare(image, AbortSignal.timeout(600_000));
  const kind: number[] = [];
  const kubeadm = { ready: [] as number[], pod: [] as number[] };
  const template = { ready: [] as number[], pod: [] as number[] };
  const thaws: number[] = [];
  const removals: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    kind.push(await byKindCli(engine, cli));
    {
      await using cluster = await timed(engine, new KindCluster(image), kubeadm);
      await cluster.stop();
    }
    await using cluster = await timed(engine, new KindCluster(image).fromTemplate(), template);
    thaws.push(await thaw(cluster));
    const start = performance.now();
    await cluster.stop();
    removals.push((performance.now() - start) / 1_000);
  }
  const both = { kind, kubeadm: kubeadm.pod };
  return [
    { what: '`kind create cluster` (CLI), to a running pod', samples: kind, unit: 's' },
    {
      what: 'kubeadm flow, to a running pod',
      samples: kubeadm.pod,
      unit: 's',
      comparedWith: { kind },
    },
    { what: 'kubeadm flow, to names and services', samples: kubeadm.ready, unit: 's' },
    {
      what: 'template boot, to a running pod',
      samples: template.pod,
      unit: 's',
      comparedWith: both,
    },
    {
      what: 'template boot, to names and services',
      samples: template.ready,
      unit: 's',
      comparedWith: { kubeadm: kubeadm.ready },
    },
    { what: 'frozen cluster, to an answer of its API', samples: thaws, unit: 'ms' },
    { what: 'removal of a cluster', samples: removals, unit: 's' },
  ];
}

/** As its users have it: the command returns, and then a pod is run. */
async function byKindCli(engine: Engine, cli: KindCli): Promise<number> {
  const start = performance.now();
  try {
    await cli.create(NAME);
    await firstPod(engine);
    return (performance.now() - start) / 1_000;
  } finally {
    await cli.delete(NAME);
  }
}

/** Asks for the first pod as soon as the API server answers. */
async function timed(
  engine: Engine,
  cluster: KindCluster,
  samples: { ready: number[]; pod: number[] },
): Promise<StartedKindCluster> {
  const start = performance.now();
  let pod: Promise<void> | undefined;
  const started = await cluster
    .withEngine(engine)
    .withName(NAME)
    .withStageListener((stage, edge) => {
      if (stage !== 'workers' || edge !== 'start') return;
      pod = firstPod(engine).then(() => void samples.pod.push((performance.now() - start) / 1_000));
      pod.catch(() => undefined);
    })
    .start();
  samples.ready.push((performance.now() - start) / 1_000);
  await pod;
  return started;
}

async function firstPod(engine: Engine): Promise<void> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const argv = ['bash', '-c', FIRST_POD];
  const { exitCode, stderr } = await engine.exec(`${NAME}-control-plane`, argv, { signal });
  if (exitCode !== 0) throw new Error(`the first pod did not run: ${stderr}`);
}

async function thaw(cluster: StartedKindCluster): Promise<number> {
  const api = cluster.kubeConfig.makeApiClient(CoreV1Api);
  await cluster.freeze(AbortSignal.timeout(LIMIT_MS));
  await setTimeout(ASLEEP_MS);
  const start = performance.now();
  await cluster.thaw(AbortSignal.timeout(LIMIT_MS));
  const { items } = await api.listNode();
  const ms = performance.now() - start;
  for (const { metadata, status } of items) {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') throw new Error(`${metadata?.name ?? 'a node'} is not Ready`);
  }
  return ms;
}
