import { describe, expect, it } from 'vitest';
import { HIGH_WATER_BYTES, LOW_WATER_BYTES } from '../../../src/protocol/tty-frames.ts';
import { FlowControl } from './flow.ts';

describe('flow control', () => {
  it('is full from the high-water mark until less than the low-water mark is left', () => {
    const flow = new FlowControl(100);
    flow.printed(100 + HIGH_WATER_BYTES - 1);
    expect(flow.isFull).toBe(false);
    const end = 100 + HIGH_WATER_BYTES;
    flow.printed(end);
    expect(flow.isFull).toBe(true);
    flow.acked(end - LOW_WATER_BYTES);
    expect(flow.isFull).toBe(true);
    flow.acked(end - LOW_WATER_BYTES + 1);
    expect(flow.isFull).toBe(false);
  });

  it('limits what may be sent without acks', () => {
    const flow = new FlowControl(100);
    flow.printed(1_000);
    expect(flow.limit).toBe(100 + HIGH_WATER_BYTES);
    flow.acked(600);
    expect(flow.limit).toBe(600 + HIGH_WATER_BYTES);
  });

  it('ignores acks that are repeated, out of order or impossible', () => {
    const flow = new FlowControl(0);
    flow.printed(1_000);
    expect([flow.acked(600), flow.acked(600), flow.acked(500), flow.acked(1_001)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(flow.limit).toBe(600 + HIGH_WATER_BYTES);
  });
});
