import { describe, expect, it, vi } from 'vitest';
import { LabError } from '../errors.ts';
import { preparationStatusSchema } from '../../src/protocol/status.ts';
import { Stages } from './stages.ts';

function build(): { stages: Stages; pass: (seconds: number) => void } {
  let now = 0;
  const stages = new Stages(() => now);
  stages.plan([
    { id: 'a', title: 'A', expectedSeconds: 10 },
    { id: 'b', title: 'B', expectedSeconds: 30 },
  ]);
  return { stages, pass: (seconds) => (now += seconds * 1000) };
}

describe('Stages', () => {
  it('measures no negative time when the clock is set back', () => {
    const stages = new Stages();
    stages.plan([{ id: 'a', title: 'A', expectedSeconds: 10 }]);
    stages.start('a', 'Doing A.');
    const hourAgo = Date.now() - 3_600_000;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(hourAgo);
    expect(preparationStatusSchema.safeParse(stages.status()).success).toBe(true);
    expect(stages.done('a')).toBeGreaterThanOrEqual(0);
    clock.mockRestore();
  });

  it('moves with time, weighted by the expected duration of each stage', () => {
    const { stages, pass } = build();
    stages.start('a', 'Doing A.');
    pass(5);
    expect(stages.status()).toMatchObject({
      state: 'preparing',
      stage: 'a',
      message: 'Doing A.',
      progress: 5 / 40,
      remainingSeconds: 35,
    });
    pass(5);
    stages.done('a');
    expect(stages.status()).toMatchObject({ progress: 0.25, remainingSeconds: 30 });
  });

  it('stays below done, with more time to go, while a stage takes longer than expected', () => {
    const { stages, pass } = build();
    stages.start('a', 'Doing A.');
    pass(1000);
    const { progress, remainingSeconds, stages: all } = stages.status();
    expect(all[0]?.progress).toBeCloseTo(1 / 1.05);
    expect(all[0]?.seconds).toBe(1000);
    expect(progress).toBeCloseTo(1000 / 1080);
    expect(remainingSeconds).toBe(80);
  });

  it('corrects the stages to come by the pace of those that are done', () => {
    let now = 0;
    const stages = new Stages(() => now);
    stages.plan([
      { id: 'a', title: 'A', expectedSeconds: 100, work: 'compile' },
      { id: 'b', title: 'B', expectedSeconds: 50, work: 'compile' },
      { id: 'c', title: 'C', expectedSeconds: 50 },
    ]);
    stages.usePace({
      compile: { seconds: 40, reference: 20 },
      download: { seconds: 1, reference: 1 },
      other: { seconds: 1, reference: 1 },
    });
    expect(stages.status().remainingSeconds).toBe(350);
    stages.start('a', 'Doing A.');
    now += 320_000;
    stages.done('a');
    expect(stages.status().remainingSeconds).toBe(200);
    expect(stages.part(new Set(['b']))).toEqual({ progress: 0, remainingSeconds: 150 });
  });

  it('never moves back when estimates change', () => {
    const { stages, pass } = build();
    stages.start('a', 'Doing A.');
    pass(10);
    stages.done('a');
    const before = stages.status().progress;
    stages.expect('b', 500);
    expect(stages.status().progress).toBe(before);
    expect(stages.status().remainingSeconds).toBe(500);
  });

  it('replaces a stand-in with the stages that turn out to be needed', () => {
    const { stages } = build();
    stages.replace('a', [{ id: 'a', title: 'A', expectedSeconds: 10, isStandIn: true }]);
    expect(stages.status()).not.toHaveProperty('remainingSeconds');
    stages.replace('a', [
      { id: 'a1', title: 'A1', expectedSeconds: 1 },
      { id: 'a2', title: 'A2', expectedSeconds: 1 },
    ]);
    expect(stages.status().stages.map(({ id }) => id)).toEqual(['a1', 'a2', 'b']);
    expect(stages.status()).toHaveProperty('remainingSeconds', 32);
    stages.replace('a1', []);
    expect(stages.status().stages.map(({ id }) => id)).toEqual(['a2', 'b']);
  });

  it('says which stage failed, with code and hint, and notifies its listeners', () => {
    const { stages, pass } = build();
    const seen: string[] = [];
    const unsubscribe = stages.onChange(({ state }) => seen.push(state));
    stages.start('a', 'Doing A.');
    pass(3);
    stages.fail(new LabError('LAB_DISK_FULL', 'The disk is full.', { hint: 'Free some space.' }));
    unsubscribe();
    const status = stages.status();
    expect(status).toMatchObject({
      state: 'unavailable',
      stage: 'a',
      message: 'The disk is full.',
      hint: 'Free some space.',
      code: 'LAB_DISK_FULL',
    });
    expect(status.stages[0]).toMatchObject({ state: 'failed', seconds: 3 });
    expect(status).not.toHaveProperty('remainingSeconds');
    expect(seen).toEqual(['preparing', 'unavailable']);
    stages.plan([]);
    expect(seen).toHaveLength(2);
  });

  it('is complete when ready, and always matches the protocol', () => {
    const { stages } = build();
    expect(preparationStatusSchema.parse(stages.status()).state).toBe('preparing');
    stages.start('a', 'Doing A.');
    stages.done('a');
    stages.ready('Ready.');
    const status = preparationStatusSchema.parse(stages.status());
    expect(status).toMatchObject({ state: 'ready', progress: 1, message: 'Ready.' });
    expect(status).not.toHaveProperty('stage');
  });
});
