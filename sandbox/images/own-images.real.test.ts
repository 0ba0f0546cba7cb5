import { randomBytes } from 'node:crypto';
import { pack } from 'tar-stream';
import { expect, it, onTestFinished } from 'vitest';
import { testImages } from '../../tools/support/images.ts';
import { Engine } from '../providers/docker/engine/engine.ts';
import { Label } from '../providers/docker/engine/labels.ts';
import { toReadable } from './build/files.ts';
import { listOwnImages, removeOwnImages } from './own-images.ts';

const signal = AbortSignal.timeout(120_000);

it('finds built images and left-over ones, and keeps those that a container uses', async () => {
  const engine = new Engine();
  const tag = `kindlab/test-own:${randomBytes(4).toString('hex')}`;
  const context = pack();
  // The image of the first stage has no name.
  context.entry(
    { name: 'Dockerfile' },
    `FROM ${testImages().workstation} AS first\nRUN echo ${tag} > /first\nFROM ${testImages().workstation}\nCOPY --from=first /first /second\n`,
  );
  context.finalize();
  const label = `LABEL ${Label.recipe}=test-own`;
  const before = new Set((await listOwnImages(engine)).map(({ id }) => id));
  await engine.images.build({ context: toReadable(context), tag, onLine: () => undefined, signal });
  // The second import takes over the name, so the first image loses it.
  for (const content of ['old', 'new']) {
    const tar = pack();
    tar.entry({ name: 'file' }, `${content} ${tag}`);
    tar.finalize();
    await engine.images.import(toReadable(tar), `${tag}-imported`, [label], signal);
  }
  const made = (await listOwnImages(engine)).filter(({ id }) => !before.has(id));
  onTestFinished(async () => {
    await removeOwnImages(engine, made);
  });
  expect(made.flatMap(({ tags }) => tags).sort()).toEqual([tag, `${tag}-imported`]);
  expect(made.filter(({ tags }) => tags.length === 0).length).toBeGreaterThanOrEqual(2);

  const container = await engine.containers.run(
    { Image: tag, Entrypoint: ['sleep', '600'], HostConfig: { NetworkMode: 'none' } },
    signal,
  );
  onTestFinished(async () => engine.containers.remove(container));
  expect(await removeOwnImages(engine, made)).toContain(tag);
  await engine.containers.remove(container);
  expect(await removeOwnImages(engine, made)).toEqual([]);
  const left = (await listOwnImages(engine)).map(({ id }) => id);
  expect(made.filter(({ id }) => left.includes(id))).toEqual([]);
});
