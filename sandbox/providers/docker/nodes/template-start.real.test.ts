import type { StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { Engine } from '../engine/engine.ts';
import { listLabelled, removeBelongings } from '../engine/inventory.ts';
import { ContainerHandle } from './container-handle.ts';
import { KindCluster } from './kind-cluster.ts';
import type { StartedKindCluster } from './started-kind-cluster.ts';
import { KindNode } from './kind-node.ts';
import type { ExecOptions, ExecOutcome } from '../../../node-handle.ts';
import { ADMIN_CONFIG, runKubectl, runOnNode } from '../../../clusters/node-commands.ts';
import { nodeName } from '../../../clusters/addresses.ts';
import { startFromTemplate } from '../../../clusters/template-start.ts';

const engine = new Engine();
const { node: image } = testImages();
const NAMES = ['kindlab-template-a', 'kindlab-template-b'] as const;

async function boot(name: string, workers: number): Promise<StartedKindCluster> {
  return new KindCluster(image)
    .withEngine(engine)
    .withWorkers(workers)
    .withName(name)
    .fromTemplate()
    .start();
}

describe('a cluster booted from the template', () => {
  let cluster: StartedKindCluster;
  let other: StartedKindCluster;

  beforeAll(async () => {
    cluster = await boot(NAMES[0], 2);
    other = await boot(NAMES[1], 0);
  });

  afterAll(async () => {
    await (cluster as StartedKindCluster | undefined)?.stop();
    await (other as StartedKindCluster | undefined)?.stop();
    for (const name of NAMES) {
      expect(await listLabelled(engine, [`kindlab.cluster=${name}`])).toEqual([]);
    }
  });

  it('has new nodes that are Ready, one of them the control plane', async () => {
    const nodes = JSON.parse(await cluster.kubectl('get', 'nodes', '--output=json')) as {
      items: {
        metadata: { name: string; creationTimestamp: string; labels: Record<string, string> };
        spec: { taints?: { key: string; effect: string }[] };
        status: { addresses: { type: string; address: string }[] };
      }[];
    };
    expect(nodes.items.map(({ metadata }) => metadata.name)).toEqual([
      'control-plane',
      'worker',
      'worker2',
    ]);
    for (const { metadata } of nodes.items) {
      expect(Date.now() - Date.parse(metadata.creationTimestamp)).toBeLessThan(180_000);
    }
    const [first, second, third] = nodes.items;
    expect(first?.metadata.labels['node-role.kubernetes.io/control-plane']).toBe('');
    expect(first?.spec.taints).toEqual([
      { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
    ]);
    expect(second?.spec.taints).toBeUndefined();
    expect(third?.status.addresses[0]).toEqual({ type: 'InternalIP', address: '10.89.0.4' });
  });

  it('runs pods on both workers that reach each other by name', async () => {
    await cluster.kubectl('create', 'deployment', 'web', '--image=kindlab/web:1', '--replicas=4');
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await cluster.kubectl('expose', 'deployment', 'web', '--port=80', '--target-port=8080');
    const where = await cluster.kubectl(
      ...['get', 'pods', '--selector=app=web', '--output=jsonpath={.items[*].spec.nodeName}'],
    );
    expect(new Set(where.split(' '))).toEqual(new Set(['worker', 'worker2']));
    await expect
      .poll(
        async () =>
          cluster
            .kubectl('exec', 'deploy/web', '--', 'timeout', '5', 'wget', '-qO-', 'http://web/')
            .catch(() => ''),
        { timeout: 20_000 },
      )
      .toContain('pod: web-');
  });

  it('accepts a learner with its own certificate', async () => {
    const config = await cluster.createUserKubeConfig('learner', ['kindlab:learners']);
    const node = cluster.controlPlane;
    await runOnNode(node, ['bash', '-c', 'cat > /run/learner.conf'], { input: config });
    const learner = async (...argv: string[]): Promise<string> =>
      runOnNode(node, ['kubectl', '--kubeconfig=/run/learner.conf', ...argv]);
    expect(await learner('get', 'pods')).toContain('web-');
    await expect(learner('create', 'token', 'default', '--namespace=kube-system')).rejects.toThrow(
      /forbidden/i,
    );
  });

  it('shares no key with another cluster, and the template contains none', async () => {
    const files = '/etc/kubernetes/pki';
    const sums = async (of: StartedKindCluster): Promise<string[]> => {
      const script = `cd ${files} && sha256sum $(find . -name '*.key' -o -name '*.crt' -o -name '*.pub')`;
      const output = await runOnNode(of.controlPlane, ['bash', '-c', script]);
      return output
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0] ?? '');
    };
    const [own, others] = [await sums(cluster), await sums(other)];
    expect(own.length).toBeGreaterThan(15);
    expect(own.filter((sum) => others.includes(sum))).toEqual([]);
    const kept = await runOnNode(cluster.controlPlane, ['find', '/kind/template', '-type', 'f']);
    expect(kept).not.toMatch(/\.(key|crt|conf|pem)$/m);
    expect(await cluster.kubectl('get', 'secrets', '--all-namespaces')).not.toContain('token');
  });

  it('rejects the administrator of another cluster', async () => {
    const foreign = await runOnNode(other.controlPlane, ['cat', ADMIN_CONFIG]);
    const node = cluster.controlPlane;
    await runOnNode(node, ['bash', '-c', 'cat > /run/foreign.conf'], { input: foreign });
    const ask = ['kubectl', '--kubeconfig=/run/foreign.conf', 'get', 'nodes'];
    await expect(runOnNode(node, ask)).rejects.toThrow(/certificate/);
    await expect(runOnNode(node, [...ask, '--insecure-skip-tls-verify'])).rejects.toThrow(
      /certificate|logged in|Unauthorized/,
    );
  });

  it('gives pods its own CA', async () => {
    const given = await cluster.kubectl(
      ...['get', 'configmap', 'kube-root-ca.crt', '--output=jsonpath={.data.ca\\.crt}'],
    );
    const own = await runOnNode(cluster.controlPlane, ['cat', '/etc/kubernetes/pki/ca.crt']);
    expect(given.trim()).toBe(own.trim());
  });
});

/**
 * A node on which systemd starts kubelet, where it may, before each command of a script: its own
 * start of all services runs beside the boot.
 */
class EagerNode extends ContainerHandle {
  static readonly #TRAP = '/run/eager';

  static async of(id: string, name: string): Promise<EagerNode> {
    const script = `echo "trap 'systemctl start kubelet' DEBUG" > ${EagerNode.#TRAP}`;
    await runOnNode(new ContainerHandle(engine, id, name), ['bash', '-c', script]);
    return new EagerNode(engine, id, name);
  }

  override async exec(argv: readonly string[], options?: ExecOptions): Promise<ExecOutcome> {
    return super.exec(['env', `BASH_ENV=${EagerNode.#TRAP}`, ...argv], options);
  }
}

it('is the same whenever systemd starts kubelet', async () => {
  const name = 'kindlab-template-eager';
  const label = `kindlab.cluster=${name}`;
  const labels = { 'kindlab.cluster': name };
  const signal = AbortSignal.timeout(90_000);
  try {
    await engine.networks.create({ name, bridge: 'kleager', labels, signal });
    const start = async (index: number): Promise<StartedTestContainer> => {
      const where = { cluster: name, networkMode: name, labels };
      return new KindNode({ image, index, ...where, isAwaited: true }).start();
    };
    const [first, second] = [await start(0), await start(1)];
    const controlPlane = await EagerNode.of(first.getId(), nodeName(0));
    await startFromTemplate({
      controlPlane,
      workers: [await EagerNode.of(second.getId(), nodeName(1))],
      address: `https://127.0.0.1:${first.getMappedPort(6443)}`,
      stage: async (_, work) => work(),
      signal,
    });
    const nodes = await runKubectl(controlPlane, [
      ...['get', 'nodes', '--no-headers'],
      '--output=custom-columns=:.metadata.name,:.status.addresses[0].address,:.spec.taints[*].effect',
    ]);
    const lines = nodes.trim().split('\n');
    expect(lines.map((line) => line.split(/ +/))).toEqual([
      ['control-plane', '10.89.0.2', 'NoSchedule'],
      ['worker', '10.89.0.3', '<none>'],
    ]);
  } finally {
    await removeBelongings(engine, await listLabelled(engine, [label]));
  }
});
