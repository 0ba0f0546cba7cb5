import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeImageSchema } from '../../src/protocol/lab.ts';
import type { Session } from '../../src/protocol/session.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { testLab, TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;

afterEach(async () => {
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
});

const live = ({ id }: Session, cookie: string) => server.sessions.get(id, cookie.split('=')[1]);

/** With one warm sandbox. */
async function startWarm(): Promise<void> {
  server = await new TestServer().start({ pool: { min: 1, max: 1 } });
  await until(() => server.sessions.count().warm === 1);
}

describe('a session with a pool', () => {
  it('that gets a warm sandbox is ready in the response, and no other session gets that sandbox', async () => {
    server = await new TestServer().start({ pool: { min: 2, max: 2 } });
    await until(() => server.sessions.count().warm === 2);
    const [one, other] = await Promise.all([server.create(), server.create()]);
    expect([one.session.state, other.session.state]).toEqual(['ready', 'ready']);
    expect(one.session.id).not.toBe(other.session.id);
    expect(one.session.stages.every(({ state }) => state === 'done')).toBe(true);
    expect(server.sessions.count()).toMatchObject({ active: 2, warm: 0 });
    expect(server.provider.starts).toBe(2);
  });

  it('takes the sandbox that is starting, and its stages', async () => {
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

  it('that ends before its sandbox has started undoes the start', async () => {
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

  it.each(['ready', 'starting'])(
    'leaves no stray sandbox when the store cannot record it and the member is %s',
    async (state) => {
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

  it('keeps its sandbox when a sweep runs during the lease', async () => {
    await startWarm();
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

  it('ends when its page is left before the response', async () => {
    await startWarm();
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

  it('that starts at a later step is booting while its add-ons are added', async () => {
    server = new TestServer();
    server.provider.holds = nodeImageSchema.options;
    const added = Promise.withResolvers<undefined>();
    server.provider.beforeEquip = added.promise;
    const lab = { ...testLab, id: 'concepts/addons', profile: { addons: ['metrics-server'] } };
    writeFileSync(join(server.dist, 'labs', 'concepts', 'addons.json'), JSON.stringify(lab));
    await server.start({ pool: { min: 1, max: 1 } });
    await until(() => server.sessions.count().warm === 1);
    const payload = { lab: 'concepts/addons', step: 'later' };
    const response = await server.request('POST', '/api/sessions', { payload });
    expect(response.json()).toMatchObject({ state: 'booting' });
    expect(response.json<Session>().stages.at(-1)).toMatchObject({ id: 'steps', state: 'running' });
    added.resolve(undefined);
  });
});
