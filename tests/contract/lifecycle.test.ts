import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import type { SessionState } from '../../src/protocol/session.ts';
import { quiet } from '../../tools/support/quiet.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { testLab, TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;

beforeEach(async () => {
  server = await new TestServer().start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
});

const live = (id: string, cookie: string) => server.sessions.get(id, cookie.split('=')[1]);

describe('a session that ends while it starts', () => {
  it('never goes back, however late the provider notices', async () => {
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    server.provider.behave = async ({ onStage }) => {
      await gate;
      onStage('control-plane', 'start');
      onStage('control-plane', 'done');
    };
    server.provider.noticesAborts = false;
    const { session, cookie } = await server.create();
    const states: SessionState[] = [];
    const followed = live(session.id, cookie);
    followed.events.on('change', () => states.push(followed.state));
    const ended = server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    await until(() => followed.state === 'stopping');
    goOn();
    expect((await ended).statusCode).toBe(204);
    expect([...new Set(states)]).toEqual(['stopping', 'gone']);
    expect(server.provider.existing.size).toBe(0);
  });

  it('waiting for its turn is gone at once, and those before it go on', async () => {
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    server.provider.behave = async () => gate;
    const { cookie, session: first } = await server.create();
    await server.create(cookie);
    const { session: third } = await server.create(cookie);
    await server.request('DELETE', `/api/sessions/${third.id}`, { cookie });
    expect(server.sessions.count()).toMatchObject({ active: 2, queued: 0 });
    goOn();
    await until(() => live(first.id, cookie).state === 'ready');
    expect(server.provider.starts).toBe(2);
  });
});

describe('a session that is being removed', () => {
  it('says that it has ended to whoever still asks it', async () => {
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    let goOn = (): void => undefined;
    server.provider.beforeRemoval = new Promise<void>((resolve) => (goOn = resolve));
    const url = `/api/sessions/${session.id}`;
    const ended = server.request('DELETE', url, { cookie });
    await until(() => live(session.id, cookie).state === 'stopping');
    const asked = await server.request('POST', `${url}/steps/first/check`, { cookie });
    expect(errorBodySchema.parse(asked.json()).error.code).toBe('LAB_SESSION_ENDED');
    expect(server.sessions.count()).toMatchObject({ active: 1 });
    goOn();
    expect((await ended).statusCode).toBe(204);
  });

  it('is gone also when that fails, and is removed later', async () => {
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    server.provider.beforeRemoval = Promise.reject(new Error('the engine is away'));
    const response = await server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    expect(response.statusCode).toBe(204);
    expect(server.provider.swept).toEqual([session.id]);
  });
});

describe('a state folder that takes no more', () => {
  const full = (): never => {
    throw new Error('database or disk is full');
  };

  it('takes no place from anybody', async () => {
    vi.spyOn(server.store, 'saveSession').mockImplementation(full);
    const response = await server.request('POST', '/api/sessions', {
      payload: { lab: testLab.id },
    });
    expect(response.statusCode).toBe(500);
    expect(server.sessions.count()).toMatchObject({ active: 0, queued: 0 });
    expect(server.provider.starts).toBe(0);
  });

  it('ends neither the server nor a session that runs', async () => {
    const { session, cookie } = await server.create();
    vi.spyOn(server.store, 'saveSession').mockImplementation(full);
    vi.spyOn(server.store, 'recordStage').mockImplementation(full);
    await until(() => live(session.id, cookie).state === 'ready');
    const url = `/api/sessions/${session.id}`;
    expect((await server.request('DELETE', url, { cookie })).statusCode).toBe(204);
    expect(server.sessions.count()).toMatchObject({ active: 0 });
    expect(server.provider.existing.size).toBe(0);
  });
});

describe('the sessions of a server that died', () => {
  it('are lost from the beginning, also while the sandbox is still being prepared', async () => {
    const { session, cookie } = await server.create();
    const row = server.store.findSession(session.id)!;
    await using next = new TestServer();
    next.store.saveSession({ ...row, state: 'ready' });
    await next.start({ isPrepared: false });
    const url = `/api/sessions/${session.id}`;
    expect((await next.request('GET', url, { cookie })).json()).toMatchObject({
      state: 'gone',
      end: { reason: 'lost' },
    });
    expect((await next.request('DELETE', url, { cookie })).statusCode).toBe(204);
  });
});

describe('what is looked after every half minute', () => {
  beforeEach(async () => {
    await server[Symbol.asyncDispose]();
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    server = await new TestServer().start();
  });

  afterEach(() => vi.useRealTimers());

  it('is the time limit, by the clock: a machine that slept does not lengthen it', async () => {
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    vi.setSystemTime(live(session.id, cookie).expiresAt);
    vi.advanceTimersByTime(30_000);
    await until(() => server.sessions.count().active === 0);
    const response = await server.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(response.json()).toMatchObject({ state: 'gone', end: { reason: 'expired' } });
  });

  it('is the time limit, by the time that has passed: a clock that is set back does not lengthen it', async () => {
    await server[Symbol.asyncDispose]();
    server = await new TestServer().start({ sessionSeconds: 1 });
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    vi.setSystemTime(Date.now() - 3600_000);
    expect(live(session.id, cookie).toJson().secondsLeft).toBeLessThanOrEqual(1);
    await until(() => server.sessions.count().active === 0);
    const response = await server.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(response.json()).toMatchObject({ end: { reason: 'expired' } });
  });

  it.each([-3600, 3600])(
    'is the clock: a step of %i s is told, and no session is the worse for it',
    async (seconds) => {
      const warn = vi.spyOn(quiet, 'warn');
      const { session, cookie } = await server.create();
      await until(() => live(session.id, cookie).state === 'ready');
      vi.setSystemTime(Date.now() + seconds * 1000 - (seconds > 0 ? 60_000 : 0));
      vi.advanceTimersByTime(30_000);
      await until(() => warn.mock.calls.length > 0);
      expect(warn.mock.calls[0]?.[1]).toBe('the clock was set, or the machine slept');
      expect(live(session.id, cookie).state).toBe('ready');
    },
  );

  it('is the containers, but an answer older than a session says nothing about it', async () => {
    const list = Promise.withResolvers<ReadonlySet<string>>();
    vi.spyOn(server.provider, 'list').mockReturnValueOnce(list.promise);
    const sweep = vi.spyOn(server.provider, 'sweep');
    vi.advanceTimersByTime(30_000);
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    list.resolve(new Set());
    await until(() => sweep.mock.calls.length > 0);
    expect(live(session.id, cookie).state).toBe('ready');
    server.provider.existing.clear();
    vi.advanceTimersByTime(30_000);
    await until(() => server.sessions.count().active === 0);
    const response = await server.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(response.json()).toMatchObject({ end: { reason: 'lost' } });
  });
});
