import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { Engine } from '../engine/engine.ts';
import { listLabelled } from '../engine/inventory.ts';
import { runOnNode } from '../../../clusters/node-commands.ts';
import { KindCluster } from './kind-cluster.ts';
import type { StartedKindCluster } from './started-kind-cluster.ts';

const engine = new Engine();
const label = `kindlab.test=shared-${randomBytes(4).toString('hex')}`;
const signal = AbortSignal.timeout(240_000);
let cluster: StartedKindCluster;

const CLAIM = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'common' },
  spec: {
    storageClassName: 'shared',
    accessModes: ['ReadWriteMany'],
    resources: { requests: { storage: '10Mi' } },
  },
};

/** A pod on that node that does not run as root. */
function podOn(node: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `on-${node}` },
    spec: {
      nodeName: node,
      securityContext: { runAsUser: 1000 },
      containers: [
        {
          name: 'main',
          image: 'kindlab/web:1',
          volumeMounts: [{ name: 'common', mountPath: '/common' }],
        },
      ],
      volumes: [{ name: 'common', persistentVolumeClaim: { claimName: 'common' } }],
    },
  };
}

async function apply(...items: object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const script = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf apply --filename=-';
  await runOnNode(cluster.controlPlane, ['bash', '-c', script], { input: list, signal });
}

async function inPod(node: string, command: string): Promise<string> {
  return (await cluster.kubectl('exec', `on-${node}`, '--', 'sh', '-c', command)).trim();
}

beforeAll(async () => {
  const [name = '', value = ''] = label.split('=');
  cluster = await new KindCluster(testImages().node)
    .withEngine(engine)
    .fromTemplate()
    .withLabels({ [name]: value })
    .start();
  await apply(CLAIM, podOn('worker'), podOn('worker2'));
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=90s');
});

afterAll(async () => cluster.stop());

it('pods on two nodes see each other’s files', async () => {
  await inPod('worker', 'echo from-worker > /common/file');
  expect(await inPod('worker2', 'cat /common/file')).toBe('from-worker');
  await inPod('worker2', 'echo from-worker2 >> /common/file');
  expect(await inPod('worker', 'cat /common/file')).toBe('from-worker\nfrom-worker2');
});

it('a node’s files are there for the other while it is off, and when it is on again', async () => {
  await cluster.power.stop('worker', signal);
  expect(await inPod('worker2', 'cat /common/file')).toContain('from-worker');
  await inPod('worker2', 'echo alone > /common/later');
  await cluster.power.start('worker', signal);
  await expect
    .poll(async () => inPod('worker', 'cat /common/later').catch(() => ''), { timeout: 90_000 })
    .toBe('alone');
});

it('survives sleep', async () => {
  await cluster.freeze(signal);
  await cluster.thaw(signal);
  expect(await inPod('worker2', 'cat /common/file')).toContain('from-worker');
});

it('is removed with its claim, and with the cluster', async () => {
  const folders = async (): Promise<string> => runOnNode(cluster.controlPlane, ['ls', '/shared']);
  expect(await folders()).toMatch(/_default_common\n/);
  await cluster.kubectl('delete', 'pod', '--all', '--now');
  await cluster.kubectl('delete', 'pvc', 'common');
  await expect.poll(folders, { timeout: 60_000 }).toBe('');
  expect((await listLabelled(engine, [label])).map(({ kind }) => kind)).toContain('volume');
  await cluster.stop();
  expect(await listLabelled(engine, [label])).toEqual([]);
});
