import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderOf } from './lock.ts';
import { type SessionRow, Store } from './store.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kindlab-store-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

function row(id: string, state: SessionRow['state']): SessionRow {
  return {
    id,
    lab: 'concepts/pods',
    ownerHash: 'abc',
    state,
    createdAt: new Date('2026-01-02T03:04:05.678Z'),
    expiresAt: new Date('2026-01-02T05:04:05.678Z'),
    stages: [{ id: 'network', state: 'done', seconds: 0.4 }],
    end: undefined,
  };
}

describe('a store', () => {
  it('keeps its sessions and its install id, and counts its starts', () => {
    let install: string;
    {
      using store = new Store(home);
      install = store.install;
      expect(install).toMatch(/^[0-9a-f]{8}$/);
      expect(store.generation).toBe(1);
      store.saveSession(row('one', 'creating'));
      store.saveSession({ ...row('one', 'gone'), end: { reason: 'deleted' } });
    }
    using store = new Store(home);
    expect(store.install).toBe(install);
    expect(store.generation).toBe(2);
    expect(store.findSession('one')).toEqual({ ...row('one', 'gone'), end: { reason: 'deleted' } });
    expect(store.findSession('two')).toBeUndefined();
  });

  it('marks only sessions that an earlier server left alive as lost', () => {
    using store = new Store(home);
    for (const state of ['queued', 'ready', 'stopping', 'gone', 'failed'] as const) {
      store.saveSession(row(state, state));
    }
    expect(store.markLost()).toBe(3);
    expect(store.findSession('ready')).toMatchObject({ state: 'gone', end: { reason: 'lost' } });
    expect(store.findSession('failed')).toMatchObject({ state: 'failed', end: undefined });
    expect(store.markLost()).toBe(0);
  });

  it('expects a stage to take the median of its last nine durations', () => {
    using store = new Store(home);
    expect(store.expectedSeconds('nodes')).toBeUndefined();
    store.recordStage('nodes', 5);
    expect(store.expectedSeconds('nodes')).toBe(5);
    for (const seconds of [100, 100, 1, 9, 2, 8, 3, 7, 4, 6, 5])
      store.recordStage('nodes', seconds);
    expect(store.expectedSeconds('nodes')).toBe(5);
    expect(store.expectedSeconds('workers')).toBeUndefined();
  });

  it('refuses a state that a newer version wrote, and does not change it', () => {
    new Store(home)[Symbol.dispose]();
    const database = new DatabaseSync(join(home, 'state.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => new Store(home)).toThrow(expect.objectContaining({ code: 'LAB_STATE_NEWER' }));
    // The refusal has released the lock.
    expect(() => new Store(home)).toThrow(expect.objectContaining({ code: 'LAB_STATE_NEWER' }));
  });
});

describe('a state folder', () => {
  it('belongs to one store at a time', () => {
    expect(holderOf(home)).toBeUndefined();
    const first = new Store(home);
    expect(holderOf(home)).toBe(`Process ${process.pid}`);
    const locked = expect.objectContaining({
      code: 'LAB_STATE_LOCKED',
      message: `Process ${process.pid} uses ${home}.`,
    }) as Error;
    expect(() => new Store(home)).toThrow(locked);
    first.saveSession(row('one', 'ready'));
    first[Symbol.dispose]();
    using second = new Store(home);
    expect(second.findSession('one')).toBeDefined();
  });

  it('belongs to a process until that ends, even by SIGKILL, and keeps what it wrote', async () => {
    const script = `
      import { Store } from ${JSON.stringify(fileURLToPath(new URL('store.ts', import.meta.url)))};
      const store = new Store(${JSON.stringify(home)});
      store.recordStage('nodes', 4);
      console.log('open');
      setInterval(() => undefined, 1000);`;
    const server = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(server.stdout, 'data');
    const locked = expect.objectContaining({
      code: 'LAB_STATE_LOCKED',
      message: `Process ${server.pid ?? 0} uses ${home}.`,
    }) as Error;
    expect(() => new Store(home)).toThrow(locked);
    expect(holderOf(home)).toBe(`Process ${server.pid ?? 0}`);
    server.kill('SIGKILL');
    await once(server, 'exit');
    expect(holderOf(home)).toBeUndefined();
    using store = new Store(home);
    expect(store.generation).toBe(2);
    expect(store.expectedSeconds('nodes')).toBe(4);
  });
});
