import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { listLabelled } from '../../sandbox/providers/docker/engine/inventory.ts';
import { Label } from '../../sandbox/providers/docker/engine/labels.ts';
import { projectRoot } from '../../sandbox/images/build/files.ts';

const LAB = 'concepts/containers';
const engine = new Engine();

it.each([
  ['while its sandbox starts', `${LAB}.mdx`],
  ['while a step is proven', 'step '],
])('an interrupted proof leaves nothing behind: %s', async (_, moment) => {
  const before = await belongings();
  const argv = ['tools/lesson/main.ts', 'prove', LAB];
  const child = spawn(process.execPath, argv, {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    let output = '';
    child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    await expect.poll(() => output, { timeout: 60_000, interval: 100 }).toContain(moment);
    const end = once(child, 'close');
    // The terminal signals the whole process group, and then npm passes its signal on.
    child.kill('SIGINT');
    await delay(100);
    child.kill('SIGINT');
    expect((await end)[0], output).toBe(130);
    expect(output).toContain('removing what was started');
    const after = await belongings();
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});

/** The names of everything in the engine that belongs to a session, of any install. */
async function belongings(): Promise<string[]> {
  return (await listLabelled(engine, [Label.session])).map(({ name }) => name);
}
