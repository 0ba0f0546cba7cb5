import { describe, expect, it } from 'vitest';
import { capacityOf, memoryLeftOf, sandboxesByInotify } from './capacity.ts';

describe('capacityOf', () => {
  it.each([
    ['a large machine', 24_000, 8192, { sandboxes: 36, limitedBy: 'memory' }],
    ['4 GB', 3_900, 8192, { sandboxes: 3, limitedBy: 'memory' }],
    ['less memory than one needs: its start will say so', 1_500, 8192, { sandboxes: 1 }],
    ['the kernel’s own limit of inotify', 24_000, 128, { sandboxes: 2, limitedBy: 'inotify' }],
    ['no inotify to speak of', 24_000, 40, { sandboxes: 0, limitedBy: 'inotify' }],
    ['a machine that hides it', 24_000, undefined, { sandboxes: 36, limitedBy: 'memory' }],
  ])('%s', (_, memoryMib, inotifyInstances, expected) => {
    expect(capacityOf({ memoryMib, inotifyInstances })).toMatchObject(expected);
  });
});

it('counts what the machine itself uses of inotify', () => {
  expect(sandboxesByInotify(16 + 56)).toBe(1);
  expect(sandboxesByInotify(16 + 55)).toBe(0);
  expect(sandboxesByInotify(undefined)).toBe(Infinity);
});

describe('memoryLeftOf', () => {
  const small = { memoryMib: 600, isThere: true };
  const large = { memoryMib: 3_450, isThere: true };
  const machine = { totalMib: 16_384, availableMib: 15_000 };

  it('keeps for sessions what they may still take', () => {
    expect(memoryLeftOf(machine, [])).toBe(15_000 - 1_024);
    expect(memoryLeftOf(machine, [small, small])).toBe(15_000 - 1_024 - 300);
    expect(memoryLeftOf(machine, [large])).toBe(15_000 - 1_024 - 3_000);
  });

  it('keeps all of it for those that are not there yet', () => {
    expect(memoryLeftOf(machine, [{ ...large, isThere: false }])).toBe(15_000 - 1_024 - 3_450);
  });

  it('does not keep twice what they have taken', () => {
    const three = [large, large, large];
    const busy = { totalMib: 16_384, availableMib: 15_000 - 3 * 3_450 };
    expect(memoryLeftOf(busy, three)).toBe(15_000 - 3 * 3_450 - 1_024 - 3 * 150);
  });

  it('is negative when the machine gives no more', () => {
    expect(memoryLeftOf({ totalMib: 16_384, availableMib: 900 }, [small])).toBe(-274);
  });
});
