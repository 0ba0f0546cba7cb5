import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { quiet } from '../../tools/support/quiet.ts';
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

describe('the size of the pool', () => {
  it('shrinks while memory is short, logs that once, and grows again', async () => {
    const warn = vi.spyOn(quiet, 'warn');
    bench.open({ min: 2 });
    await bench.pass();
    expect(bench.pool.count().warm).toBe(2);
    bench.sandboxesThatFit = -1;
    for (const left of [1, 0, 0]) {
      bench.pool.reconcile(new Set(bench.provider.existing), performance.now());
      await bench.pass();
      expect(bench.pool.count().warm).toBe(left);
    }
    expect(warn.mock.calls.map(([, text]) => text)).toEqual([
      'memory is short: the pool keeps fewer sandboxes',
    ]);
    bench.sandboxesThatFit = 5;
    bench.pool.reconcile(new Set(), performance.now());
    await bench.pass();
    expect(bench.pool.count().warm).toBe(2);
  });

  it('never exceeds the places left for sessions', async () => {
    bench.placesLeft = 1;
    bench.open({ min: 2 });
    await bench.pass(10_000);
    expect(bench.pool.count().warm).toBe(1);
    bench.placesLeft = 0;
    bench.pool.reconcile(new Set(bench.provider.existing), performance.now());
    await bench.pass(10_000);
    expect(bench.pool.count().warm).toBe(0);
  });

  it('neither grows nor shrinks when nothing more fits into memory', async () => {
    bench.open({ min: 2 });
    await bench.pass();
    bench.sandboxesThatFit = 0;
    await (await bench.pool.lease(usual))?.[Symbol.asyncDispose]();
    await bench.pass(10_000);
    bench.pool.reconcile(new Set(bench.provider.existing), performance.now());
    await bench.pass();
    expect(bench.pool.count().warm).toBe(1);
  });

  it('gives up the shape first that has the least demand', async () => {
    bench.open();
    await bench.pass();
    await bench.pool.lease(small);
    bench.pool.fill();
    await bench.pass();
    expect([...bench.provider.existing]).toEqual(['member1', 'member2']);
    expect(bench.pool.dismissOne()).toBe(true);
    bench.sandboxesThatFit = 0;
    await bench.pass();
    expect([...bench.provider.existing]).toEqual(['member1']);
    expect(bench.pool.dismissOne()).toBe(true);
    expect(bench.pool.dismissOne()).toBe(false);
  });

  it('does not grow while a learner waits for a cold start', async () => {
    bench.isBusy = true;
    bench.open();
    await bench.pass(60_000);
    expect(bench.provider.starts).toBe(0);
    bench.isBusy = false;
    bench.pool.fill();
    await bench.pass();
    expect(bench.pool.count().warm).toBe(1);
  });

  it('retries failed starts at growing intervals', async () => {
    bench.provider.behave = async () => Promise.reject(new Error('no'));
    bench.open();
    await bench.pass(60_000);
    const tries = bench.provider.starts;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(6);
    await bench.pass(60_000);
    expect(bench.provider.starts - tries).toBeLessThan(2);
  });

  it('grows with demand up to its maximum', async () => {
    bench.open();
    for (let lease = 0; lease < 12; lease++) {
      await bench.pass(4_000);
      await (await bench.pool.lease(usual))?.[Symbol.asyncDispose]();
    }
    await bench.pass(4_000);
    expect(bench.pool.count().warm).toBe(3);
  });

  it('keeps another shape only while there is demand for it', async () => {
    bench.open();
    await bench.pass();
    expect(await bench.pool.lease(small)).toBeUndefined();
    bench.pool.fill();
    await bench.pass();
    expect(bench.pool.count().warm).toBe(2);
    const sandbox = await bench.pool.lease(small);
    expect(sandbox?.sessionId).toBe('member2');
    await sandbox?.[Symbol.asyncDispose]();
    await bench.pass(11 * 60_000);
    expect(bench.pool.count().warm).toBe(2);
    bench.pool.reconcile(new Set(bench.provider.existing), performance.now());
    await bench.pass();
    expect([...bench.provider.existing]).toEqual(['member1']);
  });

  it('is off when its maximum is 0', async () => {
    bench.open({ min: 0, max: 0 });
    await bench.pass(60_000);
    expect(await bench.pool.lease(usual)).toBeUndefined();
    await bench.pass(60_000);
    expect(bench.provider.starts).toBe(0);
  });
});
