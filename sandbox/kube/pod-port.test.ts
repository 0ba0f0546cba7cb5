import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeApiServer } from '../../tests/support/fake-api-server.ts';
import { openPodPort } from './pod-port.ts';

let cluster: FakeApiServer;

beforeEach(async () => {
  cluster = await new FakeApiServer().start();
});

afterEach(async () => cluster[Symbol.asyncDispose]());

it('reports an error even without a listener, and does not end the server', async () => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): unknown => uncaught.push(error);
  process.on('uncaughtException', onUncaught);
  try {
    const port = { namespace: 'default', pod: 'web-1', port: 9 };
    const connection = await openPodPort(cluster.kubeConfig(), port, AbortSignal.timeout(5_000));
    await expect.poll(() => connection.errored).toMatchObject({ code: 'LAB_PREVIEW_SILENT' });
    await setImmediate();
    expect(uncaught).toEqual([]);
  } finally {
    process.off('uncaughtException', onUncaught);
  }
});
