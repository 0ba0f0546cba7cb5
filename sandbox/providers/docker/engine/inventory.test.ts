import { expect, test } from 'vitest';
import { countByKind } from './inventory.ts';

test('counts belongings by kind and names empty kinds too', () => {
  const belonging = { id: 'a', name: 'a', running: false, session: 's' };
  expect(
    countByKind([
      { ...belonging, kind: 'container' },
      { ...belonging, kind: 'network' },
      { ...belonging, kind: 'container' },
    ]),
  ).toBe('containers: 2, networks: 1, volumes: 0');
});
