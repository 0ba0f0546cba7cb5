import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeApiServer } from '../../tests/support/fake-api-server.ts';
import { KubeApi } from './kube-api.ts';

const MIB = 2 ** 20;
let server: FakeApiServer;

beforeEach(async () => {
  server = await new FakeApiServer().start();
});

afterEach(async () => server[Symbol.asyncDispose]());

it('reads no more of a cluster than the server has room for', async () => {
  using api = new KubeApi(server.kubeConfig());
  const fill = (name: string): void =>
    server.put('Service', { metadata: { name, namespace: 'default' }, blob: 'x'.repeat(8 * MIB) });
  for (const name of ['a', 'b', 'c']) fill(name);
  const list = (): Promise<unknown> =>
    api.get('/api/v1/namespaces/default/services', AbortSignal.timeout(20_000));
  expect(await list()).toMatchObject({ items: [{}, {}, {}] });
  fill('d');
  await expect(list()).rejects.toThrow('has more than 33554432 bytes');
}, 30_000);
