import { expect, it } from 'vitest';
import type { Growth, PreparationStatus } from '../../src/protocol/status.ts';
import { startObstacle } from './start-obstacle.ts';

const ready: PreparationStatus = {
  state: 'ready',
  progress: 1,
  message: 'The sandbox is ready.',
  stages: [],
  notes: [],
};
const growth: Growth = {
  state: 'building',
  images: ['metrics-server', 'data'],
  chain: [
    { id: 'cluster', images: ['metrics-server'], progress: 0.5 },
    { id: 'cluster-data', images: ['data'], progress: 0.25 },
  ],
  progress: 0.25,
  message: 'Building: metrics-server.',
};

it('says how far the preparation is, or why it failed and what to do', () => {
  const preparing = startObstacle({ ...ready, state: 'preparing', message: 'Building: Go.' }, []);
  expect(preparing).toMatchObject({ code: 'LAB_SANDBOX_PREPARING', message: 'Building: Go.' });
  const broken = {
    ...ready,
    state: 'unavailable',
    message: 'No engine.',
    hint: 'Get one.',
  } as const;
  expect(startObstacle(broken, [])).toMatchObject({
    code: 'LAB_SANDBOX_UNAVAILABLE',
    message: 'No engine.',
    hint: 'Get one.',
  });
});

it('speaks of the link that brings the missing images', () => {
  expect(startObstacle({ ...ready, growth }, ['metrics-server'])).toMatchObject({
    code: 'LAB_IMAGES_PREPARING',
    message: 'Building: metrics-server. 50 % is done.',
  });
  expect(startObstacle({ ...ready, growth }, ['metrics-server', 'data']).message).toMatch(/25 %/);
});

it('says why images could not be built', () => {
  const failed: Growth = { ...growth, state: 'failed', message: 'No pip.', hint: 'Wait.' };
  expect(startObstacle({ ...ready, growth: failed }, ['data'])).toMatchObject({
    code: 'LAB_IMAGE_BUILD_FAILED',
    message: 'No pip.',
    hint: 'Wait.',
  });
});
