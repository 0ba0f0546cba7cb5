import { expect, it } from 'vitest';
import { linkThatBrings } from './growth.ts';
import type { Growth } from './status.ts';

const growth: Growth = {
  state: 'building',
  images: ['metrics-server', 'data', 'spark'],
  progress: 0,
  message: 'Building: metrics-server.',
  chain: [
    { id: 'cluster', images: ['metrics-server'], progress: 0.5, remainingSeconds: 60 },
    { id: 'cluster-data', images: ['data', 'spark'], progress: 0.1, remainingSeconds: 300 },
  ],
};

it('finds the last link that a lab waits for', () => {
  expect(linkThatBrings(growth, ['web', 'metrics-server'])?.id).toBe('cluster');
  expect(linkThatBrings(growth, ['metrics-server', 'spark'])?.id).toBe('cluster-data');
});

it('finds none for a lab whose images are all there', () => {
  expect(linkThatBrings(growth, ['web'])).toBeUndefined();
  expect(linkThatBrings(undefined, ['spark'])).toBeUndefined();
});
