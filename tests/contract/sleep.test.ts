import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { checkResultsSchema } from '../../src/protocol/checks.ts';
import { sessionSchema, type Session } from '../../src/protocol/session.ts';
import { SUBPROTOCOL } from '../../src/protocol/tty.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { TestServer } from '../../tools/support/test-server.ts';

const FREEZE_SECONDS = 0.05;

let server: TestServer;

beforeEach(async () => {
  server = await new TestServer().start({ freezeSeconds: FREEZE_SECONDS });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
});

const live = ({ id }: Session, cookie: string) => server.sessions.get(id, cookie.split('=')[1]);

async function frozenSession(): Promise<{ session: Session; cookie: string }> {
  const created = await server.create();
  await until(() => live(created.session, created.cookie).state === 'frozen');
  return created;
}

async function openTerminal({ id }: Session, cookie: string): Promise<WebSocket> {
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.app.server.address() as AddressInfo;
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}/api/sessions/${id}/terminals/0`,
    SUBPROTOCOL,
    { headers: { cookie, origin: `http://127.0.0.1:${port}` } },
  );
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'attach', cols: 80, rows: 24, lastOffset: 0 }));
  return socket;
}

describe('an idle session', () => {
  it('is frozen, says so, and keeps the results of its checks', async () => {
    const { session, cookie } = await frozenSession();
    expect([...server.provider.frozen]).toEqual([session.id]);
    expect(server.sessions.count()).toMatchObject({ active: 1, frozen: 1 });
    const told = await server.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(sessionSchema.parse(told.json()).state).toBe('frozen');
    const results = await server.request('GET', `/api/sessions/${session.id}/checks`, { cookie });
    expect(checkResultsSchema.parse(results.json()).checks).toHaveLength(1);
    // Reading what is known wakes nothing.
    expect(live(session, cookie).state).toBe('frozen');
  });

  it('wakes when its checks run', async () => {
    const { session, cookie } = await frozenSession();
    const url = `/api/sessions/${session.id}/steps/first/check`;
    const response = await server.request('POST', url, { cookie });
    expect(response.statusCode).toBe(200);
    expect(checkResultsSchema.parse(response.json()).checks[0]?.outcome).toBe('pass');
  });

  it('wakes before a worker is stopped', async () => {
    const { session, cookie } = await frozenSession();
    const url = `/api/sessions/${session.id}/nodes/worker/stop`;
    expect((await server.request('POST', url, { cookie })).statusCode).toBe(200);
    expect([...server.provider.off]).toEqual(['worker']);
  });

  it('wakes when a terminal is opened, and for each key, and loses no key', async () => {
    const { session, cookie } = await frozenSession();
    const socket = await openTerminal(session, cookie);
    const echoes: string[] = [];
    socket.on('message', (data, isBinary) => {
      if (isBinary) echoes.push((data as Buffer).toString());
    });
    await until(() => live(session, cookie).state === 'frozen');
    const thaw = Promise.withResolvers<undefined>();
    server.provider.beforeThaw = thaw.promise;
    socket.send(Buffer.from('a'));
    socket.send(Buffer.from('b'));
    await until(() => echoes.length === 2);
    expect(live(session, cookie).state).toBe('frozen');
    thaw.resolve(undefined);
    await until(() => live(session, cookie).state === 'ready');
    expect(echoes).toEqual(['a', 'b']);
    socket.close();
  });

  it('is frozen again when it is idle again', async () => {
    const { session, cookie } = await frozenSession();
    await server.request('POST', `/api/sessions/${session.id}/steps/first/check`, { cookie });
    await until(() => live(session, cookie).state === 'frozen');
    expect(server.provider.freezes).toBe(2);
  });

  it('stays awake when a freeze fails, and is not tried at every poll', async () => {
    server.provider.failsToFreeze = true;
    const { session, cookie } = await server.create();
    await until(() => server.provider.freezes >= 2);
    expect(live(session, cookie).state).toBe('ready');
    expect(server.provider.freezes).toBeLessThan(5);
  });

  it('stays awake where the provider cannot freeze', async () => {
    await server[Symbol.asyncDispose]();
    server = new TestServer();
    server.provider.canFreeze = false;
    await server.start({ freezeSeconds: FREEZE_SECONDS });
    const { session, cookie } = await server.create();
    await until(() => live(session, cookie).state === 'ready');
    await new Promise((resolve) => setTimeout(resolve, 4 * FREEZE_SECONDS * 1000));
    expect(live(session, cookie).state).toBe('ready');
    expect(server.provider.freezes).toBe(0);
    expect(server.sessions.count()).toMatchObject({ active: 1, frozen: 0 });
  });

  it('is not given up when the machine is at first too busy to wake it', async () => {
    const { session, cookie } = await frozenSession();
    server.provider.failingThaws = 2;
    const url = `/api/sessions/${session.id}/steps/first/check`;
    expect((await server.request('POST', url, { cookie })).statusCode).toBe(200);
    expect(server.provider.thaws).toBe(3);
  });

  it('is lost, with the reason, when it does not wake', async () => {
    const { session, cookie } = await frozenSession();
    server.provider.kill(session.id);
    const url = `/api/sessions/${session.id}`;
    const response = await server.request('POST', `${url}/steps/first/check`, { cookie });
    expect(response.json()).toMatchObject({ error: { code: 'LAB_SANDBOX_LOST' } });
    await until(() => server.sessions.count().active === 0);
    const told = sessionSchema.parse((await server.request('GET', url, { cookie })).json());
    expect(told).toMatchObject({
      state: 'gone',
      end: { reason: 'lost', error: { code: 'LAB_SANDBOX_LOST' } },
    });
  });

  it('can be ended while it is frozen and while it wakes', async () => {
    const asleep = await frozenSession();
    const ended = await server.request('DELETE', `/api/sessions/${asleep.session.id}`, asleep);
    expect(ended.statusCode).toBe(204);

    const waking = await frozenSession();
    const thaw = Promise.withResolvers<undefined>();
    server.provider.beforeThaw = thaw.promise;
    const url = `/api/sessions/${waking.session.id}`;
    const asked = server.request('POST', `${url}/steps/first/check`, waking);
    const deleted = server.request('DELETE', url, waking);
    thaw.resolve(undefined);
    expect((await deleted).statusCode).toBe(204);
    expect((await asked).statusCode).toBeGreaterThanOrEqual(400);
    expect(server.provider.existing.size).toBe(0);
  });
});
