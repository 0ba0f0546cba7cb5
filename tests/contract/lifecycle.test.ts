import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import type { SessionState } from '../../src/protocol/session.ts';
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
  it('never restarts, however late the provider notices', async () => {
    let proceed = (): void => undefined;
    const gate = new Promise<void>((resolve) => (proceed = resolve));
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
    proceed();
    expect((await ended).statusCode).toBe(204);
    expect([...new Set(states)]).toEqual(['stopping', 'gone']);
    expect(server.provider.existing.size).toBe(0);
  });

  it('is gone at once if it waits in the queue, and the others continue', async () => {
    let proceed = (): void => undefined;
    const gate = new Promise<void>((resolve) => (proceed = resolve));
    server.provider.behave = async () => gate;
    const { cookie, session: first } = await server.create();
    await server.create(cookie);
    const { session: third } = await server.create(cookie);
    await server.request('DELETE', `/api/sessions/${third.id}`, { cookie });
    expect(server.sessions.count()).toMatchObject({ active: 2, queued: 0 });
    proceed();
    await until(() => live(first.id, cookie).state === 'ready');
    expect(server.provider.starts).toBe(2);
  });
});

describe('a session that is being removed', () => {
  it('answers that it has ended', async () => {
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    let proceed = (): void => undefined;
    server.provider.beforeRemoval = new Promise<void>((resolve) => (proceed = resolve));
    const url = `/api/sessions/${session.id}`;
    const ended = server.request('DELETE', url, { cookie });
    await until(() => live(session.id, cookie).state === 'stopping');
    const asked = await server.request('POST', `${url}/steps/first/check`, { cookie });
    expect(errorBodySchema.parse(asked.json()).error.code).toBe('LAB_SESSION_ENDED');
    expect(server.sessions.count()).toMatchObject({ active: 1 });
    proceed();
    expect((await ended).statusCode).toBe(204);
  });

  it('is gone even when the removal fails, and its sandbox is swept', async () => {
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    server.provider.beforeRemoval = Promise.reject(new Error('the engine is away'));
    const response = await server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    expect(response.statusCode).toBe(204);
    expect(server.provider.swept).toEqual([session.id]);
  });
});

describe('a full state folder', () => {
  const full = (): never => {
    throw new Error('database or disk is full');
  };

  it('refuses a new session and takes no place', async () => {
    vi.spyOn(server.store, 'saveSession').mockImplementation(full);
    const response = await server.request('POST', '/api/sessions', {
      payload: { lab: testLab.id },
    });
    expect(response.statusCode).toBe(500);
    expect(server.sessions.count()).toMatchObject({ active: 0, queued: 0 });
    expect(server.provider.starts).toBe(0);
  });

  it('ends neither the server nor a running session', async () => {
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
  it('are lost at once, even while the sandbox is being prepared', async () => {
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
