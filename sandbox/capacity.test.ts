import { describe, expect, it } from 'vitest';
import { capacityOf, sandboxesByInotify } from './capacity.ts';

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
