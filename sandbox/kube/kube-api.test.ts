import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeApiServer } from '../../tests/support/fake-api-server.ts';
import { KubeApi } from './kube-api.ts';

const MIB = 2 ** 20;
const SERVICES = '/api/v1/namespaces/default/services';
let server: FakeApiServer;
let api: KubeApi;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  api = new KubeApi(server.kubeConfig());
});

afterEach(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

it('reads no more of a cluster than fits into the memory of the server', async () => {
  const fill = (name: string): void =>
    server.put('Service', { metadata: { name }, blob: 'x'.repeat(8 * MIB) });
  for (const name of ['a', 'b', 'c']) fill(name);
  expect((await api.list(SERVICES, signal())).items).toHaveLength(3);
  fill('d');
  await expect(api.list(SERVICES, signal())).rejects.toThrow('has more than 33554432 bytes');
}, 30_000);

it('patches an object and its status, and may repeat that', async () => {
  server.put('Service', { metadata: { name: 'web', annotations: { a: '1', b: '2' } } });
  const metadata = { annotations: { a: null, c: '3' } };
  for (let i = 0; i < 2; i++) await api.patch(`${SERVICES}/web`, { metadata }, signal());
  await api.patch(`${SERVICES}/web/status`, { status: { ready: true } }, signal());
  expect(server.get('Service', 'web')).toMatchObject({
    metadata: { annotations: { b: '2', c: '3' } },
    status: { ready: true },
  });
  expect(server.get('Service', 'web')?.metadata.annotations).not.toHaveProperty('a');
});

it('rejects with the status and the words of the API server', async () => {
  await expect(api.get(`${SERVICES}/web`, signal())).rejects.toMatchObject({
    name: 'KubeStatusError',
    status: 404,
    message: '404 not found',
  });
  await expect(api.patch(`${SERVICES}/web`, {}, signal())).rejects.toMatchObject({ status: 404 });
});

it('rejects with the reason of the signal while the API server is silent', async () => {
  server.isSilent = true;
  const controller = new AbortController();
  const call = api.get(SERVICES, controller.signal);
  await expect.poll(() => server.requests.length).toBe(1);
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  await expect(api.get(SERVICES, controller.signal)).rejects.toThrow('enough');
});

it('uses one connection for calls in a row, and closes it when disposed', async () => {
  for (let i = 0; i < 3; i++) await api.list(SERVICES, signal());
  expect(server.connections).toBe(1);
  api[Symbol.dispose]();
  await expect.poll(() => server.connections).toBe(0);
});
