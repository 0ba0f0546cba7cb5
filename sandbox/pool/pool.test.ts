import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeProvider } from '../../tools/support/fake-provider.ts';
import { quiet } from '../../tools/support/quiet.ts';
import { profileSchema } from '../../src/protocol/lab.ts';
import { Pool, type PoolOptions } from './pool.ts';

const usual = profileSchema.parse({});
const small = profileSchema.parse({ workers: 1 });

describe('the pool', () => {
  let provider: FakeProvider;
  let fit: number;
  let places: number;
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
      limits: {
        sandboxesThatFit: () => fit,
        placesLeft: () => places,
        isBusy: () => isBusy,
      },
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
    fit = 10;
    places = 10;
    isBusy = false;
    ids = 0;
  });

  afterEach(async () => {
    await pool.stop();
    vi.useRealTimers();
    vi.restoreAllMocks();
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

  it('keeps its members awake where the provider cannot freeze', async () => {
    provider.canFreeze = false;
    open();
    await pass(10_000);
    expect(pool.count()).toEqual({ warm: 1, frozen: 0 });
    expect(provider.freezes).toBe(0);
    const sandbox = await pool.lease(usual);
    expect(sandbox?.sessionId).toBe('member1');
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('leases an awake one, and makes the next when its learner has had the machine for a while', async () => {
    open();
    await pass(10_000);
    const sandbox = await pool.lease(usual);
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
    const leases = await Promise.all([pool.lease(usual), pool.lease(usual)]);
    expect(leases.map((sandbox) => sandbox?.sessionId)).toEqual(['member1', undefined]);
    await leases[0]?.[Symbol.asyncDispose]();
  });

  it('never leases a member that died, warm or frozen', async () => {
    open({ min: 2 });
    await pass(10_000);
    expect(pool.count()).toEqual({ warm: 2, frozen: 2 });
    provider.kill('member1');
    const sandbox = await pool.lease(usual);
    expect(sandbox?.sessionId).toBe('member2');
    expect(pool.holds('member1')).toBe(false);
    await sandbox?.[Symbol.asyncDispose]();

    await pass(3_100);
    provider.kill('member3');
    const next = await pool.lease(usual);
    expect(next?.sessionId).toBe('member4');
    await next?.[Symbol.asyncDispose]();
  });

  it('replaces a member that is no longer there, but judges none by what was asked before it was made', async () => {
    open();
    await pass();
    pool.reconcile(new Set(), -1);
    expect(pool.holds('member1')).toBe(true);
    provider.kill('member1');
    await pass();
    pool.reconcile(new Set(), performance.now());
    await pass();
    expect(pool.holds('member1')).toBe(false);
    expect(pool.holds('member2')).toBe(true);
  });

  it('replaces a member whose certificates end before a session would', async () => {
    provider.validUntil = new Date(Date.now() + 3600_000);
    open();
    await pass();
    provider.validUntil = new Date(Date.now() + 36_000_000);
    expect(await pool.lease(usual)).toBeUndefined();
    await pass();
    expect(provider.existing.has('member1')).toBe(false);
    pool.fill();
    await pass();
    expect((await pool.lease(usual))?.sessionId).toBe('member2');
    provider.existing.delete('member2');
  });

  it('leases nobody a member without the images of the lab, and replaces it when new ones have them', async () => {
    const data = profileSchema.parse({ images: ['data'] });
    open();
    await pass();
    provider.holds = ['web', 'data', 'local-path-provisioner'];
    expect(await pool.lease(data)).toBeUndefined();
    pool.reconcile(new Set(['member1']), performance.now());
    await pass();
    expect([...provider.existing]).toEqual(['member2']);
    const sandbox = await pool.lease(data);
    expect(sandbox?.sessionId).toBe('member2');
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('does not lease a member without the images of the add-ons that the lab needs', async () => {
    const scaling = profileSchema.parse({ addons: ['metrics-server'] });
    open();
    await pass();
    expect(await pool.lease(scaling)).toBeUndefined();
    expect(pool.holds('member1')).toBe(true);
  });

  it('replaces a member that is older than half a day', async () => {
    open();
    await pass(13 * 3600_000);
    pool.reconcile(new Set(['member1']), performance.now());
    await pass();
    expect([...provider.existing]).toEqual(['member2']);
  });

  it('replaces a member that was kept while the machine slept, and whose label would end before a session', async () => {
    open();
    await pass();
    vi.setSystemTime(Date.now() + 13 * 3600_000);
    expect(await pool.lease(usual)).toBeUndefined();
    await pass();
    expect([...provider.existing]).toEqual(['member2']);
  });

  it('shrinks when the memory is short, says so once, and grows again', async () => {
    const warn = vi.spyOn(quiet, 'warn');
    open({ min: 2 });
    await pass();
    expect(pool.count().warm).toBe(2);
    fit = -1;
    for (const left of [1, 0, 0]) {
      pool.reconcile(new Set(provider.existing), performance.now());
      await pass();
      expect(pool.count().warm).toBe(left);
    }
    expect(warn.mock.calls.map(([, text]) => text)).toEqual([
      'memory is short: the pool keeps fewer sandboxes',
    ]);
    fit = 5;
    pool.reconcile(new Set(), performance.now());
    await pass();
    expect(pool.count().warm).toBe(2);
  });

  it('keeps no more than there are places for sessions', async () => {
    places = 1;
    open({ min: 2 });
    await pass(10_000);
    expect(pool.count().warm).toBe(1);
    places = 0;
    pool.reconcile(new Set(provider.existing), performance.now());
    await pass(10_000);
    expect(pool.count().warm).toBe(0);
  });

  it('neither grows nor shrinks when the memory holds just what there is', async () => {
    open({ min: 2 });
    await pass();
    fit = 0;
    await (await pool.lease(usual))?.[Symbol.asyncDispose]();
    await pass(10_000);
    pool.reconcile(new Set(provider.existing), performance.now());
    await pass();
    expect(pool.count().warm).toBe(1);
  });

  it('gives the shape first that was asked for least', async () => {
    open();
    await pass();
    await pool.lease(small);
    pool.fill();
    await pass();
    expect([...provider.existing]).toEqual(['member1', 'member2']);
    expect(pool.dismissOne()).toBe(true);
    fit = 0;
    await pass();
    expect([...provider.existing]).toEqual(['member1']);
    expect(pool.dismissOne()).toBe(true);
    expect(pool.dismissOne()).toBe(false);
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
      await (await pool.lease(usual))?.[Symbol.asyncDispose]();
    }
    await pass(4_000);
    expect(pool.count().warm).toBe(3);
  });

  it('keeps another shape only for those who ask for it', async () => {
    open();
    await pass();
    expect(await pool.lease(small)).toBeUndefined();
    pool.fill();
    await pass();
    expect(pool.count().warm).toBe(2);
    const sandbox = await pool.lease(small);
    expect(sandbox?.sessionId).toBe('member2');
    await sandbox?.[Symbol.asyncDispose]();
    await pass(11 * 60_000);
    expect(pool.count().warm).toBe(2);
    pool.reconcile(new Set(provider.existing), performance.now());
    await pass();
    expect([...provider.existing]).toEqual(['member1']);
  });

  it('gives the one that is being made to the first who asks, with the stages it has passed', async () => {
    const boot = Promise.withResolvers<undefined>();
    provider.behave = async ({ onStage }) => {
      onStage('network', 'start');
      await boot.promise;
      onStage('network', 'done');
    };
    open();
    expect(pool.pending(small)).toBeUndefined();
    const pending = pool.pending(usual);
    const taken = pending?.take();
    expect(pool.pending(usual)).toBeUndefined();
    const stages: string[] = [];
    pending?.follow((stage, edge) => stages.push(`${stage} ${edge}`));
    boot.resolve(undefined);
    const sandbox = await taken;
    expect(sandbox?.sessionId).toBe('member1');
    expect(stages).toEqual(['network start', 'network done']);
    await pass();
    expect(pool.holds('member1')).toBe(false);
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('undoes the start of one whose learner has gone, and makes another', async () => {
    provider.behave = async ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
    open();
    const pending = pool.pending(usual);
    const taken = pending?.take();
    provider.behave = async () => Promise.resolve();
    pending?.cancel(new Error('gone'));
    await expect(taken).rejects.toThrow('gone');
    await pass(3_001);
    expect([...provider.existing]).toEqual(['member2']);
  });

  it('leases none when it is stopped meanwhile, and leaves none behind', async () => {
    open();
    await pass();
    const thaw = Promise.withResolvers<undefined>();
    provider.beforeThaw = thaw.promise;
    const leased = pool.lease(usual);
    await pass();
    const stopped = pool.stop();
    thaw.resolve(undefined);
    expect(await leased).toBeUndefined();
    await stopped;
    expect([...provider.existing]).toEqual([]);
  });

  it('is off when it may have no members', async () => {
    open({ min: 0, max: 0 });
    await pass(60_000);
    expect(await pool.lease(usual)).toBeUndefined();
    await pass(60_000);
    expect(provider.starts).toBe(0);
  });
});
