import { expect, it, vi } from 'vitest';
import { labSchema } from '../../src/protocol/lab.ts';
import { equip } from './equip.ts';

const log = { warn: vi.fn() } as never;

function session(addons: string[]) {
  const lab = labSchema.parse({ id: 'scaling/test', profile: { addons }, steps: [] });
  return { id: 'id', lab, ending: new AbortController() };
}

it('asks for nothing when the lab needs no add-ons', async () => {
  const sandbox = { equip: vi.fn() };
  await equip(session([]), sandbox, log);
  expect(sandbox.equip).not.toHaveBeenCalled();
});

it('retries while the cluster does not accept them', async () => {
  vi.useFakeTimers();
  const asked = vi.fn().mockRejectedValueOnce(new Error('not yet')).mockResolvedValue(undefined);
  const equipping = equip(session(['metrics-server']), { equip: asked }, log);
  await vi.advanceTimersByTimeAsync(2_100);
  await equipping;
  vi.useRealTimers();
  expect(asked).toHaveBeenCalledTimes(2);
  expect(asked.mock.calls[0]?.[0]).toEqual(['metrics-server']);
});

it('stops when the session ends', async () => {
  const ending = session(['metrics-server']);
  const asked = vi.fn().mockImplementation(async () => {
    ending.ending.abort(new Error('over'));
    return Promise.reject(new Error('no'));
  });
  await equip(ending, { equip: asked }, log);
  expect(asked).toHaveBeenCalledTimes(1);
});
