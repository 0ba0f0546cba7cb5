import { randomBytes } from 'node:crypto';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testImages } from '../../../tools/support/images.ts';
import { Engine } from '../../providers/docker/engine/engine.ts';
import { listLabelled } from '../../providers/docker/engine/inventory.ts';
import { isTemplateWhole, proveTemplate } from './cluster-image.ts';
import { toReadable } from './files.ts';

describe('the proof of a template', () => {
  const engine = new Engine();
  const image = `kindlab/broken-template:${randomBytes(4).toString('hex')}`;
  const labels = { 'kindlab.test': image };
  const signal = AbortSignal.timeout(120_000);

  beforeAll(async () => {
    const context = pack();
    context.entry(
      { name: 'Dockerfile' },
      `FROM ${testImages().node}\nRUN rm -r /kind/template/manifests\n`,
    );
    context.finalize();
    await engine.images.build({
      context: toReadable(context),
      tag: image,
      onLine: () => undefined,
      signal,
    });
  });

  afterAll(async () => engine.images.remove(image));

  it('fails for a template that does not boot, and leaves nothing behind', async () => {
    await expect(proveTemplate(image, { engine, labels, signal })).rejects.toThrow('manifests');
    expect(await listLabelled(engine, [`kindlab.test=${image}`])).toEqual([]);
  });

  it('is not needed to see that a template is damaged', async () => {
    expect(await isTemplateWhole(engine, image)).toBe(false);
    expect(await isTemplateWhole(engine, testImages().node)).toBe(true);
  });

  it('leaves no label of the build on the image', async () => {
    const image = await engine.images.inspect(testImages().node);
    expect(Object.keys(image?.labels ?? {})).toEqual(['kindlab.recipe']);
  });

  it('passes for an intact template', async () => {
    await proveTemplate(testImages().node, { engine, labels, signal });
    expect(await listLabelled(engine, [`kindlab.test=${image}`])).toEqual([]);
  });
});
