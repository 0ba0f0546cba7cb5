import { describe, expect, it } from 'vitest';
import { capacityOf, memoryLeftOf, sandboxesByInotify } from './capacity.ts';

describe('capacityOf', () => {
  it.each([
    ['a large machine', 24_000, 8192, { sandboxes: 36, limitedBy: 'memory' }],
    ['4 GB', 3_900, 8192, { sandboxes: 3, limitedBy: 'memory' }],
    ['less memory than one needs: its start reports that', 1_500, 8192, { sandboxes: 1 }],
    ['the kernel’s default inotify limit', 24_000, 128, { sandboxes: 2, limitedBy: 'inotify' }],
    ['hardly any inotify instances', 24_000, 40, { sandboxes: 0, limitedBy: 'inotify' }],
    [
      'a machine that hides its inotify limit',
      24_000,
      undefined,
      { sandboxes: 36, limitedBy: 'memory' },
    ],
  ])('%s', (_, memoryMib, inotifyInstances, expected) => {
    expect(capacityOf({ memoryMib, inotifyInstances })).toMatchObject(expected);
  });
});

it('counts the inotify instances of the machine itself', () => {
  expect(sandboxesByInotify(16 + 56)).toBe(1);
  expect(sandboxesByInotify(16 + 55)).toBe(0);
  expect(sandboxesByInotify(undefined)).toBe(Infinity);
});

describe('memoryLeftOf', () => {
  const small = { memoryMib: 600, isThere: true };
  const large = { memoryMib: 3_450, isThere: true };
  const machine = { totalMib: 16_384, availableMib: 15_000 };

  it('reserves what sessions may still take', () => {
    expect(memoryLeftOf(machine, [])).toBe(15_000 - 1_024);
    expect(memoryLeftOf(machine, [small, small])).toBe(15_000 - 1_024 - 300);
    expect(memoryLeftOf(machine, [large])).toBe(15_000 - 1_024 - 3_000);
  });

  it('reserves everything for sessions whose sandbox does not exist yet', () => {
    expect(memoryLeftOf(machine, [{ ...large, isThere: false }])).toBe(15_000 - 1_024 - 3_450);
  });

  it('does not reserve what sessions have taken already', () => {
    const three = [large, large, large];
    const busy = { totalMib: 16_384, availableMib: 15_000 - 3 * 3_450 };
    expect(memoryLeftOf(busy, three)).toBe(15_000 - 3 * 3_450 - 1_024 - 3 * 150);
  });

  it('is negative when memory is short', () => {
    expect(memoryLeftOf({ totalMib: 16_384, availableMib: 900 }, [small])).toBe(-274);
  });
});
