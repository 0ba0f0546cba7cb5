import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { smallRecipes } from '../../tests/support/small-setup.ts';
import { Engine } from '../providers/docker/engine/engine.ts';
import { listLabelled } from '../providers/docker/engine/inventory.ts';
import { Label } from '../providers/docker/engine/labels.ts';
import { planImages } from './ensure-images.ts';

const INTERRUPTIONS = 10;
/** About how long all three images take. */
const WHOLE_MS = 3_000;

const engine = new Engine();

/** Runs set-up as a process, and ends it after `ms` if given. Resolves with the exit code. */
async function setUp(
  purpose: string,
  logs: string,
  interruption?: { ms: number; by: NodeJS.Signals },
) {
  const child = spawn(process.execPath, ['tests/support/small-setup.ts', purpose, logs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  if (interruption !== undefined) {
    await Promise.race([once(child.stdout, 'data'), ended]);
    await delay(interruption.ms);
    child.kill(interruption.by);
  }
  const [code] = await ended;
  return code;
}

/** The tags of a purpose, and the sizes of the images that exist. */
async function made(purpose: string): Promise<{ tag: string; bytes: number | undefined }[]> {
  const recipes = smallRecipes(purpose);
  const names = recipes.map(({ name }) => name);
  const plan = await planImages({ engine, recipes, readyImages: new Map() }, names);
  return Promise.all(
    plan.map(async ({ tag, isReady }) => {
      const bytes = isReady ? (await engine.images.inspect(tag))?.bytes : undefined;
      return { tag, bytes };
    }),
  );
}

it('reaches the same result after ten interruptions at random moments as without any', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'kindlab-setup-'));
  const purposes = [`calm${process.pid}`, `rough${process.pid}`] as const;
  onTestFinished(async () => {
    rmSync(logs, { recursive: true });
    for (const purpose of purposes) {
      for (const { tag } of await made(purpose)) await engine.images.remove(tag);
    }
  });
  const [calm, rough] = purposes;
  expect(await setUp(calm, logs)).toBe(0);
  const wanted = (await made(calm)).map(({ bytes }) => bytes);
  for (let count = 0; count < INTERRUPTIONS; count++) {
    const by = count % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
    await setUp(rough, logs, { ms: Math.random() * WHOLE_MS, by });
    const half = (await made(rough)).filter(
      ({ bytes }, index) => bytes !== undefined && bytes !== wanted[index],
    );
    expect(half).toEqual([]);
  }
  expect(await setUp(rough, logs)).toBe(0);
  expect((await made(rough)).map(({ bytes }) => bytes)).toEqual(wanted);
  expect(wanted.every((bytes) => (bytes ?? 0) > 1_000_000)).toBe(true);
  expect(await listLabelled(engine, [`${Label.builder}=${logs}`])).toEqual([]);
});
