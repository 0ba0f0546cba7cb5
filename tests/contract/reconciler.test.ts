import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { quiet } from '../../tools/support/quiet.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;

afterEach(async () => {
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
});

const live = (id: string, cookie: string) => server.sessions.get(id, cookie.split('=')[1]);

describe('every half minute, the server', () => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    server = await new TestServer().start();
  });

  afterEach(() => vi.useRealTimers());

  it('ends sessions whose time is up by the wall clock, because a machine that slept has run no timers', async () => {
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    vi.setSystemTime(live(session.id, cookie).expiresAt);
    vi.advanceTimersByTime(30_000);
    await until(() => server.sessions.count().active === 0);
    const response = await server.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(response.json()).toMatchObject({ state: 'gone', end: { reason: 'expired' } });
  });

  it('ends sessions whose time is up by the steady clock, because the wall clock may be set back', async () => {
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
    'notices that the clock was set by %i s, and no session suffers',
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

  it('loses sessions whose containers are gone, but not by a list older than the session', async () => {
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

  it('repairs a cluster whose clock was set back without disturbing its freeze', async () => {
    await server[Symbol.asyncDispose]();
    server = await new TestServer().start({ freezeSeconds: 2 });
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    const thaw = Promise.withResolvers<undefined>();
    server.provider.beforeThaw = thaw.promise;
    vi.setSystemTime(Date.now() - 3600_000);
    vi.advanceTimersByTime(30_000);
    await until(() => server.provider.thaws === 1);
    // The session becomes idle while the repair is under way, and the freezer notices.
    await delay(2_100);
    vi.advanceTimersByTime(500);
    await delay(20);
    thaw.resolve(undefined);
    await until(() => live(session.id, cookie).state === 'frozen');
    await delay(20);
    expect([...server.provider.frozen]).toEqual([session.id]);
  });

  it('leaves a frozen session asleep when the clock was set back', async () => {
    await server[Symbol.asyncDispose]();
    server = await new TestServer().start({ freezeSeconds: 0.1 });
    const { session, cookie } = await server.create();
    await until(() => live(session.id, cookie).state === 'ready');
    await delay(150);
    vi.advanceTimersByTime(25);
    await until(() => live(session.id, cookie).state === 'frozen');
    vi.setSystemTime(Date.now() - 3600_000);
    vi.advanceTimersByTime(30_000);
    await delay(20);
    expect(server.provider.thaws).toBe(0);
    expect([...server.provider.frozen]).toEqual([session.id]);
  });
});
