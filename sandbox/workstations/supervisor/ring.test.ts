import { describe, expect, it } from 'vitest';
import { Ring } from './ring.ts';

describe('a ring', () => {
  it('holds the last bytes by absolute offset, appended in chunks of any size', () => {
    const everything = Buffer.from(Array.from({ length: 400 }, (_, i) => i % 251));
    for (const size of [1, 3, 10, 16, 17, 40, 400]) {
      const ring = new Ring(16);
      for (let at = 0; at < everything.length; at += size) {
        ring.append(everything.subarray(at, at + size));
        const end = Math.min(at + size, everything.length);
        expect([ring.start, ring.end]).toEqual([Math.max(0, end - 16), end]);
        expect(ring.read(ring.start, end)).toEqual(everything.subarray(ring.start, end));
        expect(ring.read(end - 1, end)).toEqual(everything.subarray(end - 1, end));
        expect(ring.read(end, end)).toHaveLength(0);
      }
    }
  });

  it('passes on evicted bytes once and in order', () => {
    for (const size of [1, 7, 16, 50]) {
      const evicted: Buffer[] = [];
      const ring = new Ring(16, (bytes) => evicted.push(bytes));
      const everything = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
      for (let at = 0; at < 100; at += size) ring.append(everything.subarray(at, at + size));
      expect(Buffer.concat(evicted)).toEqual(everything.subarray(0, 84));
    }
  });

  it('refuses to read what it does not hold', () => {
    const ring = new Ring(4);
    expect(ring.read(0, 0)).toHaveLength(0);
    ring.append(Buffer.from('abcdef'));
    for (const [from, to] of [
      [1, 4],
      [3, 7],
      [5, 4],
    ] as const) {
      expect(() => ring.read(from, to)).toThrow(RangeError);
    }
  });

  it('returns copies', () => {
    const ring = new Ring(4);
    ring.append(Buffer.from('abcd'));
    const copy = ring.read(0, 4);
    ring.append(Buffer.from('efgh'));
    expect(String(copy)).toBe('abcd');
  });
});
