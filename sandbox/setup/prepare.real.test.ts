import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { testImages } from '../../tests/support/images.ts';
import { openHost } from '../engine/firewall.ts';
import type { SandboxProvider } from '../provider.ts';
import { createLog } from '../telemetry/log.ts';
import { prepare } from './prepare.ts';
import type { PreparedEngine } from './prepare-images.ts';

it('is ready in seconds when everything is there, and uses what set-up built', async () => {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-'));
  const install = 'setup001';
  const signal = AbortSignal.timeout(60_000);
  let prepared: PreparedEngine | undefined;
  onTestFinished(async () => {
    rmSync(home, { recursive: true });
    if (prepared === undefined) return;
    await openHost(prepared.engine, { install, image: prepared.images.node, signal });
  });
  const preparation = prepare({
    config: { home, installEngine: false, readyImages: new Map() },
    install,
    log: createLog('silent'),
    signal,
    createProvider: async (found) => {
      prepared = found;
      return Promise.resolve({} as SandboxProvider);
    },
  });
  await preparation.provider;
  expect(prepared?.images).toEqual(testImages());
  const { state, stages } = preparation.status();
  expect(state).toBe('ready');
  expect(stages.map(({ id }) => id)).toEqual(['engine', 'host', 'firewall']);
  expect(stages.reduce((total, { seconds }) => total + seconds, 0)).toBeLessThan(30);
});
