import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeProvider } from '../../tests/support/fake-provider.ts';
import { quiet } from '../../tests/support/quiet.ts';
import { profileSchema } from '../../src/protocol/lab.ts';
import { Pool, type PoolOptions } from './pool.ts';

const usual = profileSchema.parse({});
const small = profileSchema.parse({ workers: 1 });
const unhurried = new AbortController().signal;

describe('the pool', () => {
  let provider: FakeProvider;
  let room: number;
  let isBusy: boolean;
  let pool: Pool;
  let ids: number;

  const open = (more: Partial<PoolOptions> = {}): void => {
    pool = new Pool({
      provider,
      log: quiet,
      min: 1,
      max: 3,
      sessionSeconds: 3600,
      newId: () => `member${++ids}`,
      room: () => room,
      isBusy: () => isBusy,
      ...more,
    });
    pool.fill();
  };
  /** What has begun comes to its end, and so many milliseconds pass. */
  const pass = async (ms = 1): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    provider = new FakeProvider();
    room = 10;
    isBusy = false;
    ids = 0;
  });

  afterEach(async () => {
    await pool.stop();
    vi.useRealTimers();
    expect([...provider.existing]).toEqual([]);
  });

  it('keeps one sandbox ready, frozen after a rest', async () => {
    open();
    await pass();
    expect(pool.count()).toEqual({ warm: 1, frozen: 0 });
    await pass(10_000);
    expect(pool.count()).toEqual({ warm: 1, frozen: 1 });
    expect([...provider.frozen]).toEqual(['member1']);
    expect(provider.starts).toBe(1);
  });

  it('leases an awake one, and makes the next when its learner has had the machine for a while', async () => {
    open();
    await pass(10_000);
    const sandbox = await pool.lease(usual, unhurried);
    expect(sandbox?.sessionId).toBe('member1');
    expect([...provider.frozen]).toEqual([]);
    await pass(1_000);
    expect(provider.starts).toBe(1);
    await pass(3_000);
    expect(pool.count().warm).toBe(1);
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('gives one member to one of two who ask at once', async () => {
    open();
    await pass();
    const leases = await Promise.all([pool.lease(usual, unhurried), pool.lease(usual, unhurried)]);
    expect(leases.map((sandbox) => sandbox?.sessionId)).toEqual(['member1', undefined]);
    await leases[0]?.[Symbol.asyncDispose]();
  });

  it('never leases a member that died, warm or frozen', async () => {
    open({ min: 2 });
    await pass(10_000);
    expect(pool.count()).toEqual({ warm: 2, frozen: 2 });
    provider.kill('member1');
    const sandbox = await pool.lease(usual, unhurried);
    expect(sandbox?.sessionId).toBe('member2');
    expect(pool.holds('member1')).toBe(false);
    await sandbox?.[Symbol.asyncDispose]();

    await pass(3_100);
    provider.kill('member3');
    const next = await pool.lease(usual, unhurried);
    expect(next?.sessionId).toBe('member4');
    await next?.[Symbol.asyncDispose]();
  });

  it('replaces a member that is no longer there, but judges none by what was asked before it was made', async () => {
    open();
    await pass();
    pool.tend(new Set(), -1);
    expect(pool.holds('member1')).toBe(true);
    provider.kill('member1');
    await pass();
    pool.tend(new Set(), performance.now());
    await pass();
    expect(pool.holds('member1')).toBe(false);
    expect(pool.holds('member2')).toBe(true);
  });

  it('replaces a member whose certificates end before a session would', async () => {
    provider.validUntil = new Date(Date.now() + 3600_000);
    open();
    await pass();
    provider.validUntil = new Date(Date.now() + 36_000_000);
    expect(await pool.lease(usual, unhurried)).toBeUndefined();
    await pass();
    expect(provider.existing.has('member1')).toBe(false);
    pool.fill();
    await pass();
    expect((await pool.lease(usual, unhurried))?.sessionId).toBe('member2');
    provider.existing.delete('member2');
  });

  it('replaces a member that is older than half a day', async () => {
    open();
    await pass(13 * 3600_000);
    pool.tend(new Set(['member1']), performance.now());
    await pass();
    expect([...provider.existing]).toEqual(['member2']);
  });

  it('shrinks when the memory is short, says so, and grows again', async () => {
    open({ min: 2 });
    await pass();
    expect(pool.count().warm).toBe(2);
    room = -1;
    pool.tend(new Set(['member1', 'member2']), performance.now());
    await pass();
    expect(pool.count().warm).toBe(1);
    expect(pool.isShort).toBe(true);
    pool.tend(new Set(['member2']), performance.now());
    await pass();
    expect(pool.count().warm).toBe(0);
    room = 5;
    pool.tend(new Set(), performance.now());
    await pass();
    expect(pool.count().warm).toBe(2);
    expect(pool.isShort).toBe(false);
  });

  it('begins nothing while a learner waits for a start of their own', async () => {
    isBusy = true;
    open();
    await pass(60_000);
    expect(provider.starts).toBe(0);
    isBusy = false;
    pool.fill();
    await pass();
    expect(pool.count().warm).toBe(1);
  });

  it('tries again at growing intervals when nothing can be made', async () => {
    provider.behave = async () => Promise.reject(new Error('no'));
    open();
    await pass(60_000);
    const tries = provider.starts;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(6);
    await pass(60_000);
    expect(provider.starts - tries).toBeLessThan(2);
  });

  it('grows with demand, up to its limit', async () => {
    open();
    for (let lease = 0; lease < 12; lease++) {
      await pass(4_000);
      await (await pool.lease(usual, unhurried))?.[Symbol.asyncDispose]();
    }
    await pass(4_000);
    expect(pool.count().warm).toBe(3);
  });

  it('keeps another shape only for those who ask for it', async () => {
    open();
    await pass();
    expect(await pool.lease(small, unhurried)).toBeUndefined();
    pool.fill();
    await pass();
    expect(pool.count().warm).toBe(2);
    const sandbox = await pool.lease(small, unhurried);
    expect(sandbox?.sessionId).toBe('member2');
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('gives the one that is being made to the first who asks, with the stages it has passed', async () => {
    const boot = Promise.withResolvers<undefined>();
    provider.behave = async ({ onStage }) => {
      onStage('network', 'start');
      await boot.promise;
      onStage('network', 'done');
    };
    open();
    expect(pool.claim(small)).toBeUndefined();
    const coming = pool.claim(usual);
    expect(pool.claim(usual)).toBeUndefined();
    const stages: string[] = [];
    coming?.follow((stage, edge) => stages.push(`${stage} ${edge}`));
    boot.resolve(undefined);
    const sandbox = await coming?.sandbox;
    expect(sandbox?.sessionId).toBe('member1');
    expect(stages).toEqual(['network start', 'network done']);
    await pass();
    expect(pool.holds('member1')).toBe(false);
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('is off when it may have no members', async () => {
    open({ min: 0, max: 0 });
    await pass(60_000);
    expect(await pool.lease(usual, unhurried)).toBeUndefined();
    await pass(60_000);
    expect(provider.starts).toBe(0);
  });
});
