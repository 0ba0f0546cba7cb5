import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeApiServer } from '../../tests/support/fake-api-server.ts';
import { KubeApi } from '../kube/kube-api.ts';
import { markNodes, unmarkNodes } from './node-marks.ts';

const ASLEEP = 'kindlab.dev/asleep';
const NODES = ['control-plane', 'worker', 'worker2'];
const signal = AbortSignal.timeout(30_000);
let server: FakeApiServer;
let api: KubeApi;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  api = new KubeApi(server.kubeConfig());
  server.put('Namespace', { metadata: { name: 'default' } });
  for (const name of NODES) {
    server.put('Node', { metadata: { name } });
    const metadata = { name, namespace: 'kube-node-lease' };
    if (name !== 'worker2') server.put('Lease', { metadata, spec: { renewTime: `of ${name}` } });
  }
});

afterEach(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const marked = (): string[] =>
  NODES.filter((name) => ASLEEP in (server.get('Node', name)?.metadata.annotations ?? {}));
const named = (): string | undefined =>
  server.get('Namespace', 'default')?.metadata.annotations?.[ASLEEP];

it('marks the selected nodes, names them on the namespace, and gives their leases', async () => {
  const leases = await markNodes(api, (name) => name !== 'worker', signal);
  expect([...leases]).toEqual([
    ['control-plane', 'of control-plane'],
    ['worker2', ''],
  ]);
  expect(marked()).toEqual(['control-plane', 'worker2']);
  expect(named()).toBe('control-plane,worker2');
});

it('takes one node off the list while the others keep their marks', async () => {
  await markNodes(api, () => true, signal);
  await unmarkNodes(api, (name) => name === 'worker', signal);
  expect(marked()).toEqual(['control-plane', 'worker2']);
  expect(named()).toBe('control-plane,worker2');
});

it('leaves no trace when all marks are removed, also twice', async () => {
  await markNodes(api, () => true, signal);
  for (let i = 0; i < 2; i++) await unmarkNodes(api, () => true, signal);
  expect(marked()).toEqual([]);
  expect(named()).toBeUndefined();
});
