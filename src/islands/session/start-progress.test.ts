import { expect, test } from 'vitest';
import type { SessionStage } from '../../protocol/session.ts';
import { startProgress } from './start-progress.ts';

const stage = (
  state: SessionStage['state'],
  expectedSeconds?: number,
  seconds = 0,
): SessionStage => ({
  id: 'nodes',
  state,
  seconds,
  ...(expectedSeconds === undefined ? {} : { expectedSeconds }),
});

test('shows no progress for the first start on a server', () => {
  expect(startProgress([stage('running', 4), stage('waiting')], 0)).toBeUndefined();
});

test('weighs stages by their usual times, and advances the running one', () => {
  const stages = [stage('done', 2), stage('running', 6, 1), stage('waiting', 2)];
  expect(startProgress(stages, 0)).toBeCloseTo(0.3);
  expect(startProgress(stages, 2)).toBeCloseTo(0.5);
});

test('never completes a stage that takes longer than usual', () => {
  expect(startProgress([stage('running', 10, 60)], 0)).toBeCloseTo(0.95);
});
