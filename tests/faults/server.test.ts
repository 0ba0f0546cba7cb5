import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { listLabelled, removeBelongings } from '../../sandbox/providers/docker/engine/inventory.ts';
import { until } from '../../src/async.ts';
import { EngineProxy } from '../support/engine-proxy.ts';
import { Learner } from '../../tools/support/learner.ts';
import { ServerProcess } from '../../tools/support/server-process.ts';

const LAB = 'concepts/nodes-pods-containers';

let server: ServerProcess;

beforeEach(() => {
  server = new ServerProcess();
});

afterEach(async () => {
  await server.end('SIGINT');
  const left = await server.belongings();
  await server[Symbol.asyncDispose]();
  expect(left).toEqual([]);
});

describe('the server', () => {
  it('keeps two sessions apart, and removes both when it is interrupted', async () => {
    await (await server.start()).ready();
    const [anna, ben] = [new Learner(server.origin), new Learner(server.origin)];
    const [first, second] = await Promise.all([anna.start(LAB), ben.start(LAB)]);
    using terminal = await anna.terminal(first.id);
    using other = await ben.terminal(second.id);
    await terminal.run('kubectl run only-here --image=kindlab/web:1');
    expect(await other.run('kubectl get pods')).toContain('No resources found');
    const own = (
      await other.run("ip -o -4 address show eth0 | awk '{print $4}' | head -n 1")
    ).trim();
    const address = own.split('/')[0] ?? '';
    expect(address).toMatch(/^198\.1[89]\./);
    await other.run('(socat TCP-LISTEN:9999,fork,reuseaddr SYSTEM:"echo hello" &) ; sleep 0.3');
    expect(await other.run(`socat -u TCP:${address}:9999 -`)).toContain('hello');
    expect(await terminal.run(`timeout 3 socat -u TCP:${address}:9999 -; echo none`)).not.toContain(
      'hello',
    );
    expect((await ben.fetch('GET', `/api/sessions/${first.id}`)).status).toBe(403);
    await expect(ben.terminal(first.id)).rejects.toThrow('closed with 4003');
    expect(await server.end('SIGINT')).toBe(0);
    expect(await server.belongings()).toEqual([]);
  });

  it('removes what a killed server left, and reports those sessions as lost', async () => {
    await (await server.start()).ready();
    const learner = new Learner(server.origin);
    const ready = await learner.start(LAB);
    const { id: starting } = await learner.create(LAB);
    await until(async () => (await learner.session(starting)).state === 'booting', {
      timeoutMs: 60_000,
    });
    await server.end('SIGKILL');
    expect(await server.belongings()).not.toEqual([]);
    // Without a pool: its members would belong to the new server.
    await (await server.start({ KINDLAB_POOL_MAX: '0' })).ready();
    expect(await server.belongings()).toEqual([]);
    for (const id of [ready.id, starting]) {
      expect(await learner.session(id)).toMatchObject({ state: 'gone', end: { reason: 'lost' } });
    }
    const next = await learner.start(LAB);
    expect(await learner.end(next.id)).toBe(204);
  });

  it('ends a session as lost when its containers are gone', async () => {
    await (await server.start()).ready();
    const learner = new Learner(server.origin);
    const { id } = await learner.start(LAB);
    const engine = new Engine();
    await removeBelongings(engine, await listLabelled(engine, [`kindlab.session=${id}`]));
    await until(async () => (await learner.session(id)).state === 'gone', { timeoutMs: 60_000 });
    expect((await learner.session(id)).end).toEqual({ reason: 'lost' });
  });
});

describe('a sandbox in the pool', () => {
  it('is not leased when it has died', async () => {
    await (await server.start()).ready();
    await until(async () => (await server.status()).sessions.warm === 1, { timeoutMs: 120_000 });
    const [dead = ''] = await server.belongings();
    const engine = new Engine();
    await engine.containers.remove(dead.replace('container ', ''));
    const learner = new Learner(server.origin);
    const { id } = await learner.start(LAB);
    expect(dead).not.toContain(id);
    using terminal = await learner.terminal(id);
    expect(await terminal.run('kubectl get nodes')).toMatch(/worker2 +Ready/);
  });

  it('wakes as a session with every node Ready, and freezes again when unused', async () => {
    await (await server.start({ KINDLAB_FREEZE_SECONDS: '5' })).ready();
    await until(async () => (await server.status()).sessions.warm === 1, { timeoutMs: 120_000 });
    const learner = new Learner(server.origin);
    const session = await learner.create(LAB);
    expect(session.state).toBe('ready');
    {
      using terminal = await learner.terminal(session.id);
      expect(await terminal.run('kubectl get nodes')).toMatch(/worker2 +Ready/);
      await until(async () => (await learner.session(session.id)).state === 'frozen', {
        timeoutMs: 60_000,
      });
      // Typed while the session is frozen.
      expect(await terminal.run('kubectl get nodes')).toMatch(/worker2 +Ready/);
      await until(async () => (await learner.session(session.id)).state === 'ready', {
        timeoutMs: 10_000,
      });
    }
    await until(async () => (await learner.session(session.id)).state === 'frozen', {
      timeoutMs: 60_000,
    });
    expect(await learner.end(session.id)).toBe(204);
  });
});

describe('when the engine', () => {
  let proxy: EngineProxy;

  beforeEach(async () => {
    proxy = await new EngineProxy().start();
    await (await server.start({ DOCKER_HOST: proxy.host, KINDLAB_POOL_MAX: '0' })).ready();
  });

  // The server needs the engine to end, so end it before the proxy.
  afterEach(async () => {
    await server.end('SIGINT');
    await proxy[Symbol.asyncDispose]();
  });

  it('stops during a start, the session fails with a reason, and a later engine is cleaned up', async () => {
    const learner = new Learner(server.origin);
    const { id } = await learner.create(LAB);
    await until(async () => (await learner.session(id)).state === 'booting', { timeoutMs: 60_000 });
    await proxy.cut();
    await until(async () => (await learner.session(id)).state === 'failed', { timeoutMs: 60_000 });
    const failed = await learner.session(id);
    expect(failed.end?.error?.code).toBe('LAB_ENGINE_UNREACHABLE');
    expect(failed.end?.error?.hint).toContain('Start it again');
    expect(failed.stages.some(({ state }) => state === 'failed')).toBe(true);
    expect((await server.status()).sessions.active).toBe(0);
    await proxy.start();
    const again = await learner.start(LAB);
    expect(await learner.end(again.id)).toBe(204);
    await until(async () => (await server.belongings()).length === 0, { timeoutMs: 60_000 });
  });

  it('has no space left, the session fails with a reason, leaves nothing, and a retry works', async () => {
    proxy.refusal = (method, path) =>
      method === 'POST' && path.includes('/containers/') && path.endsWith('/start')
        ? 'failed to register layer: write /var/lib/x: no space left on device'
        : undefined;
    const learner = new Learner(server.origin);
    const { id } = await learner.create(LAB);
    await until(async () => (await learner.session(id)).state === 'failed', { timeoutMs: 60_000 });
    expect((await learner.session(id)).end?.error?.code).toBe('LAB_DISK_FULL');
    expect(await server.belongings()).toEqual([]);
    proxy.refusal = undefined;
    const again = await learner.start(LAB);
    expect(await learner.end(again.id)).toBe(204);
  });
});

describe('a second server', () => {
  it('on the same home fails with LAB_STATE_LOCKED and does not disturb the first', async () => {
    await (await server.start()).ready();
    const second = new ServerProcess();
    await expect(second.start({ KINDLAB_HOME: server.home })).rejects.toThrow('LAB_STATE_LOCKED');
    expect((await server.status()).sandbox.state).toBe('ready');
    await second[Symbol.asyncDispose]();
  });

  it('names an invalid setting', async () => {
    const wrong = new ServerProcess();
    await expect(wrong.start({ PORT: 'eighty' })).rejects.toThrow('PORT');
    await expect(wrong.start({ HOST: '0.0.0.0' })).rejects.toThrow('KINDLAB_ORIGIN');
    await wrong[Symbol.asyncDispose]();
  });
});
