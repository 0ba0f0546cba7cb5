import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { checkResultsSchema } from '../../src/protocol/checks.ts';
import { sessionSchema, type Session } from '../../src/protocol/session.ts';
import { SUBPROTOCOL } from '../../src/protocol/tty.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { testLab, TestServer } from '../../tools/support/test-server.ts';

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

describe('a session that nobody uses', () => {
  it('is frozen, says so, and keeps the results of its checks', async () => {
    const { session, cookie } = await frozenSession();
    expect([...server.provider.frozen]).toEqual([session.id]);
    expect(server.sessions.count()).toMatchObject({ active: 1, frozen: 1 });
    const told = await server.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(sessionSchema.parse(told.json()).state).toBe('frozen');
    const results = await server.request('GET', `/api/sessions/${session.id}/checks`, { cookie });
    expect(checkResultsSchema.parse(results.json()).checks).toHaveLength(1);
    // To look at what is known wakes nobody.
    expect(live(session, cookie).state).toBe('frozen');
  });

  it('wakes when its checks are asked', async () => {
    const { session, cookie } = await frozenSession();
    const url = `/api/sessions/${session.id}/steps/first/check`;
    const response = await server.request('POST', url, { cookie });
    expect(response.statusCode).toBe(200);
    expect(checkResultsSchema.parse(response.json()).checks[0]?.outcome).toBe('pass');
  });

  it('wakes for a worker to be stopped', async () => {
    const { session, cookie } = await frozenSession();
    const url = `/api/sessions/${session.id}/nodes/worker/stop`;
    expect((await server.request('POST', url, { cookie })).statusCode).toBe(200);
    expect([...server.provider.off]).toEqual(['worker']);
  });

  it('wakes when a terminal is opened, and for each key, of which none is lost', async () => {
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

  it('is frozen again when it is left again', async () => {
    const { session, cookie } = await frozenSession();
    await server.request('POST', `/api/sessions/${session.id}/steps/first/check`, { cookie });
    await until(() => live(session, cookie).state === 'frozen');
    expect(server.provider.freezes).toBe(2);
  });

  it('stays awake when it cannot be frozen, and is not tried at every look', async () => {
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

  it('is not given up when the machine is too busy to wake it at first', async () => {
    const { session, cookie } = await frozenSession();
    server.provider.vainThaws = 2;
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

  it('can be ended while it sleeps, and while it wakes', async () => {
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

describe('a session whose sandbox was kept ready', () => {
  it('is ready in the answer to the request, and no other gets its sandbox', async () => {
    await server[Symbol.asyncDispose]();
    server = await new TestServer().start({ pool: { min: 2, max: 2 } });
    await until(() => server.sessions.count().warm === 2);
    const [one, other] = await Promise.all([server.create(), server.create()]);
    expect([one.session.state, other.session.state]).toEqual(['ready', 'ready']);
    expect(one.session.id).not.toBe(other.session.id);
    expect(one.session.stages.every(({ state }) => state === 'done')).toBe(true);
    expect(server.sessions.count()).toMatchObject({ active: 2, warm: 0 });
    expect(server.provider.starts).toBe(2);
  });

  it('gets the one that is being made, and its stages', async () => {
    await server[Symbol.asyncDispose]();
    server = new TestServer();
    const boot = Promise.withResolvers<undefined>();
    server.provider.behave = async ({ onStage }) => {
      onStage('control-plane', 'start');
      await boot.promise;
    };
    await server.start({ pool: { min: 1, max: 1 } });
    const { session, cookie } = await server.create();
    expect(session.state).toBe('booting');
    expect(session.stages[2]).toMatchObject({ id: 'control-plane', state: 'running' });
    boot.resolve(undefined);
    await until(() => live(session, cookie).state === 'ready');
    expect(server.provider.starts).toBe(1);
  });

  it('undoes the one that is being made when it ends before', async () => {
    await server[Symbol.asyncDispose]();
    server = new TestServer();
    server.provider.behave = async ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
    await server.start({ pool: { min: 1, max: 1 } });
    const { session, cookie } = await server.create();
    const response = await server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    expect(response.statusCode).toBe(204);
    expect(server.provider.existing.size).toBe(0);
    expect(server.sessions.count().active).toBe(0);
  });

  it.each(['ready', 'being made'])(
    'that is %s is left to nobody when the session cannot be noted',
    async (state) => {
      await server[Symbol.asyncDispose]();
      server = new TestServer();
      const boot = Promise.withResolvers<undefined>();
      server.provider.behave = async () => boot.promise;
      await server.start({ pool: { min: 1, max: 1 } });
      if (state === 'ready') {
        boot.resolve(undefined);
        await until(() => server.sessions.count().warm === 1);
      }
      vi.spyOn(server.store, 'saveSession').mockImplementationOnce(() => {
        throw new Error('database or disk is full');
      });
      const payload = { lab: 'concepts/test' };
      const response = await server.request('POST', '/api/sessions', { payload });
      expect(response.statusCode).toBe(500);
      boot.resolve(undefined);
      const left = state === 'ready' ? 0 : 1;
      await until(() => server.sessions.count().warm === left);
      await until(() => server.provider.existing.size === left);
      expect(server.sessions.count().active).toBe(0);
    },
  );

  it('starts on its own, and takes the place of a spare one, when the memory holds no more', async () => {
    await server[Symbol.asyncDispose]();
    server = await new TestServer().start({ pool: { min: 1, max: 1 } });
    await until(() => server.sessions.count().warm === 1);
    server.room = 0;
    writeFileSync(
      join(server.dist, 'labs', 'concepts', 'small.json'),
      JSON.stringify({
        ...testLab,
        id: 'concepts/small',
        profile: { ...testLab.profile, workers: 1 },
      }),
    );
    const payload = { lab: 'concepts/small' };
    const response = await server.request('POST', '/api/sessions', { payload });
    expect(response.statusCode).toBe(201);
    await until(() => server.sessions.count().warm === 0);
    const refused = await server.request('POST', '/api/sessions', { payload });
    expect(refused.json()).toMatchObject({ error: { code: 'LAB_CAPACITY_FULL' } });
  });

  it('is refused when the memory is used up, once no spare sandbox is left to give way', async () => {
    server.room = -1;
    const response = await server.request('POST', '/api/sessions', {
      payload: { lab: 'concepts/test' },
    });
    expect(response.json()).toMatchObject({ error: { code: 'LAB_CAPACITY_FULL' } });
    expect(server.sessions.count().memoryShort).toBe(true);
  });

  it('survives a sweep while it is leased', async () => {
    await server[Symbol.asyncDispose]();
    server = await new TestServer().start({ pool: { min: 1, max: 1 } });
    await until(() => server.sessions.count().warm === 1);
    const thaw = Promise.withResolvers<undefined>();
    server.provider.beforeThaw = thaw.promise;
    const leased = server.create();
    await until(() => server.sessions.count().warm === 0);
    // The end of another session sweeps.
    const other = await server.create();
    await server.request('DELETE', `/api/sessions/${other.session.id}`, other);
    thaw.resolve(undefined);
    const { session } = await leased;
    expect(server.provider.existing.has(session.id)).toBe(true);
    expect(server.provider.swept).toEqual([]);
  });

  it('is not kept for a page that has gone before it was told', async () => {
    await server[Symbol.asyncDispose]();
    server = await new TestServer().start({ pool: { min: 1, max: 1 } });
    await until(() => server.sessions.count().warm === 1);
    const thaw = Promise.withResolvers<undefined>();
    server.provider.beforeThaw = thaw.promise;
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.app.server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const page = new AbortController();
    const asked = fetch(`${origin}/api/sessions`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ lab: 'concepts/test' }),
      signal: page.signal,
    });
    await until(() => server.sessions.count().warm === 0);
    const ends = vi.spyOn(server.sessions, 'end');
    const connections = async () =>
      promisify(server.app.server.getConnections.bind(server.app.server))();
    page.abort();
    await expect(asked).rejects.toThrow();
    await vi.waitUntil(async () => (await connections()) === 0);
    thaw.resolve(undefined);
    await vi.waitUntil(() => ends.mock.calls.length === 1);
    await until(() => server.sessions.count().active === 0);
  });
});
