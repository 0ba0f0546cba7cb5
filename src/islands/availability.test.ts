import { afterEach, expect, test, vi } from 'vitest';
import { en } from '../i18n/en.ts';
import type { Growth, PreparationStatus, Status } from '../protocol/status.ts';
import {
  fetchAvailability,
  pollDelayMs,
  describeStatus,
  type Availability,
} from './availability.ts';
import { startObstacle } from './start-obstacle.ts';

const up = (sandbox: Partial<PreparationStatus>): Availability & { kind: 'up' } => ({
  kind: 'up',
  status: {
    version: '1',
    sandbox: { state: 'ready', progress: 1, message: 'Ready.', stages: [], notes: [], ...sandbox },
    sessions: { active: 1, warm: 0, frozen: 0, queued: 0, limit: 6, memoryShort: false },
  },
});

afterEach(() => vi.unstubAllGlobals());

function answer(body: string, type: string): void {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(body, { headers: { 'content-type': type } })),
  );
}
const signal = new AbortController().signal;
const light = { locale: 'en', images: ['web'] };
const scaling = { locale: 'en', images: ['web', 'metrics-server'] };
const heavy = { locale: 'en', images: ['web', 'spark'] };

test('reads the state of the sandbox from the server', async () => {
  const { status } = up({ state: 'preparing' });
  answer(JSON.stringify(status), 'application/json');
  expect(await fetchAvailability({ kind: 'unknown' }, signal)).toEqual({ kind: 'up', status });
});

test('takes a static host for a read-only copy', async () => {
  answer('<h1>404</h1>', 'text/html');
  expect(await fetchAvailability({ kind: 'unknown' }, signal)).toEqual({ kind: 'reading' });
});

test('takes a known server with an odd answer for lost, not for a copy', async () => {
  answer('<h1>502</h1>', 'text/html');
  expect(await fetchAvailability(up({}), signal)).toEqual({ kind: 'lost' });
});

test('takes no answer for a lost server', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  expect(await fetchAvailability({ kind: 'unknown' }, signal)).toEqual({ kind: 'lost' });
});

test('asks a copy once, and a server that prepares often', () => {
  expect(pollDelayMs({ kind: 'reading' })).toBeUndefined();
  expect(pollDelayMs(up({ state: 'preparing' }))).toBeLessThan(pollDelayMs(up({})) ?? 0);
});

test('shows how far the preparation is, and how long it will take', () => {
  const state = up({ state: 'preparing', progress: 0.42, remainingSeconds: 240, message: 'Go.' });
  expect(describeStatus(state, en.status, 'en')).toMatchObject({
    tone: 'busy',
    label: 'Preparing, 42%',
    message: 'Go.',
    lines: ['About 4 minutes to go.'],
    progress: 0.42,
  });
});

test('says why the sandbox is unavailable and what to do', () => {
  const state = up({ state: 'unavailable', message: 'No engine.', hint: 'Install one.' });
  expect(describeStatus(state, en.status, 'en')).toMatchObject({
    message: 'No engine.',
    hint: 'Install one.',
  });
  expect(startObstacle(state, en.session, light)).toContain('No engine. Install one.');
});

test('lets only a ready sandbox start a session', () => {
  expect(startObstacle(up({}), en.session, light)).toBeUndefined();
  for (const other of [
    { kind: 'reading' },
    { kind: 'lost' },
    up({ state: 'preparing' }),
  ] as const) {
    expect(startObstacle(other, en.session, light)).toBeTruthy();
  }
});

test('blocks only the lessons that need images still being built', () => {
  const growth: Omit<Growth, 'state'> = {
    images: ['metrics-server', 'data', 'spark'],
    chain: [
      { id: 'cluster', images: ['metrics-server'], progress: 0.9, remainingSeconds: 60 },
      { id: 'cluster-data', images: ['data', 'spark'], progress: 0.4, remainingSeconds: 120 },
    ],
    progress: 0.4,
    message: 'Building: Spark.',
  };
  const building = up({ growth: { ...growth, state: 'building', remainingSeconds: 120 } });
  expect(startObstacle(building, en.session, light)).toBeUndefined();
  expect(startObstacle(building, en.session, scaling)).toMatch(/90%, for about 60 seconds more/);
  expect(startObstacle(building, en.session, heavy)).toMatch(/40%, for about 2 minutes more/);
  expect(describeStatus(building, en.status, 'en').more).toMatchObject({
    message: 'Building: Spark.',
  });
  expect(pollDelayMs(building)).toBeLessThan(pollDelayMs(up({})) ?? 0);
  const failed = up({ growth: { ...growth, state: 'failed', hint: 'Fix it.' } });
  expect(startObstacle(failed, en.session, light)).toBeUndefined();
  expect(startObstacle(failed, en.session, heavy)).toContain('Fix it.');
});

test('rejects JSON that is not a status', async () => {
  answer(
    JSON.stringify({ sandbox: {} } satisfies { sandbox: Partial<Status['sandbox']> }),
    'application/json',
  );
  expect(await fetchAvailability({ kind: 'unknown' }, signal)).toEqual({ kind: 'reading' });
});
