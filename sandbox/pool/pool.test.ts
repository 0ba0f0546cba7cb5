import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestPool } from '../../tests/support/test-pool.ts';
import { profileSchema } from '../../src/protocol/lab.ts';

const usual = profileSchema.parse({});
const small = profileSchema.parse({ workers: 1 });

let bench: TestPool;

beforeEach(() => {
  vi.useFakeTimers();
  bench = new TestPool();
});

afterEach(async () => {
  await bench.pool.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
  expect([...bench.provider.existing]).toEqual([]);
});

describe('the pool', () => {
  it('keeps one sandbox, frozen after a rest', async () => {
    bench.open();
    await bench.pass();
    expect(bench.pool.count()).toEqual({ warm: 1, frozen: 0 });
    await bench.pass(10_000);
    expect(bench.pool.count()).toEqual({ warm: 1, frozen: 1 });
    expect([...bench.provider.frozen]).toEqual(['member1']);
    expect(bench.provider.starts).toBe(1);
  });

  it('keeps its members awake where the provider cannot freeze', async () => {
    bench.provider.canFreeze = false;
    bench.open();
    await bench.pass(10_000);
    expect(bench.pool.count()).toEqual({ warm: 1, frozen: 0 });
    expect(bench.provider.freezes).toBe(0);
    const sandbox = await bench.pool.lease(usual);
    expect(sandbox?.sessionId).toBe('member1');
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('leases an awake member, and starts the next after a few seconds of courtesy', async () => {
    bench.open();
    await bench.pass(10_000);
    const sandbox = await bench.pool.lease(usual);
    expect(sandbox?.sessionId).toBe('member1');
    expect([...bench.provider.frozen]).toEqual([]);
    await bench.pass(1_000);
    expect(bench.provider.starts).toBe(1);
    await bench.pass(3_000);
    expect(bench.pool.count().warm).toBe(1);
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('leases a member to only one of two concurrent sessions', async () => {
    bench.open();
    await bench.pass();
    const leases = await Promise.all([bench.pool.lease(usual), bench.pool.lease(usual)]);
    expect(leases.map((sandbox) => sandbox?.sessionId)).toEqual(['member1', undefined]);
    await leases[0]?.[Symbol.asyncDispose]();
  });

  it('never leases a dead member, awake or frozen', async () => {
    bench.open({ min: 2 });
    await bench.pass(10_000);
    expect(bench.pool.count()).toEqual({ warm: 2, frozen: 2 });
    bench.provider.kill('member1');
    const sandbox = await bench.pool.lease(usual);
    expect(sandbox?.sessionId).toBe('member2');
    expect(bench.pool.holds('member1')).toBe(false);
    await sandbox?.[Symbol.asyncDispose]();

    await bench.pass(3_100);
    bench.provider.kill('member3');
    const next = await bench.pool.lease(usual);
    expect(next?.sessionId).toBe('member4');
    await next?.[Symbol.asyncDispose]();
  });

  it('replaces a member that is gone, but not by a list that is older than the member', async () => {
    bench.open();
    await bench.pass();
    bench.pool.reconcile(new Set(), -1);
    expect(bench.pool.holds('member1')).toBe(true);
    bench.provider.kill('member1');
    await bench.pass();
    bench.pool.reconcile(new Set(), performance.now());
    await bench.pass();
    expect(bench.pool.holds('member1')).toBe(false);
    expect(bench.pool.holds('member2')).toBe(true);
  });

  it('replaces a member whose certificates expire before a session would end', async () => {
    bench.provider.validUntil = new Date(Date.now() + 3600_000);
    bench.open();
    await bench.pass();
    bench.provider.validUntil = new Date(Date.now() + 36_000_000);
    expect(await bench.pool.lease(usual)).toBeUndefined();
    await bench.pass();
    expect(bench.provider.existing.has('member1')).toBe(false);
    bench.pool.fill();
    await bench.pass();
    expect((await bench.pool.lease(usual))?.sessionId).toBe('member2');
    bench.provider.existing.delete('member2');
  });

  it('does not lease a member without the lab’s images, and replaces it once new ones have them', async () => {
    const data = profileSchema.parse({ images: ['data'] });
    bench.open();
    await bench.pass();
    bench.provider.holds = ['web', 'data', 'local-path-provisioner'];
    expect(await bench.pool.lease(data)).toBeUndefined();
    bench.pool.reconcile(new Set(['member1']), performance.now());
    await bench.pass();
    expect([...bench.provider.existing]).toEqual(['member2']);
    const sandbox = await bench.pool.lease(data);
    expect(sandbox?.sessionId).toBe('member2');
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('does not lease a member without the images of the add-ons that the lab needs', async () => {
    const scaling = profileSchema.parse({ addons: ['metrics-server'] });
    bench.open();
    await bench.pass();
    expect(await bench.pool.lease(scaling)).toBeUndefined();
    expect(bench.pool.holds('member1')).toBe(true);
  });

  it('replaces a member that is older than half a day', async () => {
    bench.open();
    await bench.pass(13 * 3600_000);
    bench.pool.reconcile(new Set(['member1']), performance.now());
    await bench.pass();
    expect([...bench.provider.existing]).toEqual(['member2']);
  });

  it('replaces a member that expires too soon because the machine slept', async () => {
    bench.open();
    await bench.pass();
    vi.setSystemTime(Date.now() + 13 * 3600_000);
    expect(await bench.pool.lease(usual)).toBeUndefined();
    await bench.pass();
    expect([...bench.provider.existing]).toEqual(['member2']);
  });

  it('gives the pending sandbox to the first session, with the stages that have passed', async () => {
    const boot = Promise.withResolvers<undefined>();
    bench.provider.behave = async ({ onStage }) => {
      onStage('network', 'start');
      await boot.promise;
      onStage('network', 'done');
    };
    bench.open();
    expect(bench.pool.pending(small)).toBeUndefined();
    const pending = bench.pool.pending(usual);
    const taken = pending?.take();
    expect(bench.pool.pending(usual)).toBeUndefined();
    const stages: string[] = [];
    pending?.follow((stage, edge) => stages.push(`${stage} ${edge}`));
    boot.resolve(undefined);
    const sandbox = await taken;
    expect(sandbox?.sessionId).toBe('member1');
    expect(stages).toEqual(['network start', 'network done']);
    await bench.pass();
    expect(bench.pool.holds('member1')).toBe(false);
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('undoes a pending start whose session has ended, and starts another', async () => {
    bench.provider.behave = async ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
    bench.open();
    const pending = bench.pool.pending(usual);
    const taken = pending?.take();
    bench.provider.behave = async () => Promise.resolve();
    pending?.cancel(new Error('gone'));
    await expect(taken).rejects.toThrow('gone');
    await bench.pass(3_001);
    expect([...bench.provider.existing]).toEqual(['member2']);
  });

  it('leases nothing if it is stopped during the lease, and leaves nothing behind', async () => {
    bench.open();
    await bench.pass();
    const thaw = Promise.withResolvers<undefined>();
    bench.provider.beforeThaw = thaw.promise;
    const leased = bench.pool.lease(usual);
    await bench.pass();
    const stopped = bench.pool.stop();
    thaw.resolve(undefined);
    expect(await leased).toBeUndefined();
    await stopped;
    expect([...bench.provider.existing]).toEqual([]);
  });
});
