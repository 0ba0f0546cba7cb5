import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeApiServer } from '../../tests/support/fake-api-server.ts';
import { KubeApi } from '../kube/kube-api.ts';
import type { NodeHandle } from '../node-handle.ts';
import { ClusterSleep } from './sleep.ts';

const ASLEEP = 'kindlab.dev/asleep';
const NODES = ['control-plane', 'worker'];
const signal = AbortSignal.timeout(30_000);
let server: FakeApiServer;
let api: KubeApi;
let sleep: ClusterSleep;

const node = (name: string): NodeHandle =>
  ({
    name,
    pause: async () => Promise.resolve(),
    unpause: async () => Promise.resolve(),
  }) as unknown as NodeHandle;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  api = new KubeApi(server.kubeConfig());
  server.put('Namespace', { metadata: { name: 'default' } });
  for (const name of NODES) server.put('Node', { metadata: { name } });
  sleep = new ClusterSleep({ nodes: NODES.map(node), api, power: { isOn: () => true } });
});

afterEach(async () => {
  sleep[Symbol.dispose]();
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const isMarked = (name: string): boolean =>
  ASLEEP in (server.get('Node', name)?.metadata.annotations ?? {});
const named = (): string | undefined =>
  server.get('Namespace', 'default')?.metadata.annotations?.[ASLEEP];

it('forgets a node although a freeze failed halfway through its marks', async () => {
  server.failWith = (path) => (path.includes('/leases') ? 500 : undefined);
  await expect(sleep.freeze(signal)).rejects.toThrow();
  server.failWith = undefined;
  expect(NODES.map(isMarked)).toEqual([true, true]);
  await sleep.forget('worker', signal);
  expect(NODES.map(isMarked)).toEqual([true, false]);
  expect(named()).toBe('control-plane');
});

it('removes the marks of a freeze that failed halfway', { timeout: 20_000 }, async () => {
  server.failWith = (path) => (path.includes('/leases') ? 500 : undefined);
  await expect(sleep.freeze(signal)).rejects.toThrow();
  server.failWith = undefined;
  await expect.poll(() => NODES.some(isMarked), { timeout: 15_000 }).toBe(false);
  expect(named()).toBeUndefined();
});
