import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeProvider } from '../../../../tools/support/fake-provider.ts';
import { LabError } from '../../../errors.ts';
import { EngineWatch, reportsUnreachable } from './engine-watch.ts';

const refused = new LabError('LAB_ENGINE_UNREACHABLE', 'The container engine does not answer.');

let isUp: boolean;
let isBuilding: boolean;
let pings: number;
let reports: string[];
let stop: AbortController;
let watch: EngineWatch;

beforeEach(() => {
  vi.useFakeTimers();
  isUp = true;
  isBuilding = false;
  pings = 0;
  reports = [];
  stop = new AbortController();
  watch = new EngineWatch({
    ping: async () => {
      pings++;
      return isUp ? Promise.resolve() : Promise.reject(refused);
    },
    isBuilding: () => isBuilding,
    onLost: (problem) => reports.push(problem.code),
    onBack: () => reports.push('back'),
    signal: stop.signal,
  });
  watch.start();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

async function pass(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}

it('reports an engine that stops answering, and one that answers again, once each', async () => {
  await pass(60);
  expect(reports).toEqual([]);
  isUp = false;
  await pass(20);
  expect(reports).toEqual(['LAB_ENGINE_UNREACHABLE']);
  await pass(60);
  isUp = true;
  await pass(20);
  expect(reports).toEqual(['LAB_ENGINE_UNREACHABLE', 'back']);
});

it('asks a second time before it believes that the engine is gone', async () => {
  isUp = false;
  void watch.look();
  await pass(0.5);
  isUp = true;
  await pass(60);
  expect(reports).toEqual([]);
});

it('does not disturb a build, but looks when a call has failed', async () => {
  isBuilding = true;
  isUp = false;
  await pass(60);
  expect(pings).toBe(0);
  const provider = new FakeProvider();
  provider.behave = async () => Promise.reject(refused);
  const reporting = reportsUnreachable(provider, () => void watch.look());
  await expect(reporting.start({} as never)).rejects.toBe(refused);
  await pass(5);
  expect(reports).toEqual(['LAB_ENGINE_UNREACHABLE']);
});

it('waits for an engine that is gone even when the failed build is retried', async () => {
  isUp = false;
  await pass(20);
  isBuilding = true;
  isUp = true;
  await pass(20);
  expect(reports).toEqual(['LAB_ENGINE_UNREACHABLE', 'back']);
});

it('stops on its signal', async () => {
  stop.abort();
  isUp = false;
  await pass(60);
  expect([pings, reports]).toEqual([0, []]);
});
