import { pack } from 'tar-stream';
import { expect, it, onTestFinished } from 'vitest';
import { SmallRegistry } from '../../../../tests/support/small-registry.ts';
import { toReadable } from '../../../images/build/files.ts';
import { Engine } from './engine.ts';

const engine = new Engine();
const signal = AbortSignal.timeout(60_000);
const NAME = 'kindlab-test/pulled';

it('pulls an image from the registry in its name, and passes on the refusal of a registry', async () => {
  const tag = `v${process.pid}`;
  const context = pack();
  context.entry({ name: 'hello' }, `hello ${process.pid}`);
  context.entry({ name: 'Dockerfile' }, 'FROM scratch\nCOPY hello /hello\n');
  context.finalize();
  const local = `${NAME}:${tag}`;
  await engine.images.build({
    context: toReadable(context),
    tag: local,
    onLine: () => undefined,
    signal,
  });
  onTestFinished(async () => engine.images.remove(local));
  await using registry = await SmallRegistry.of(await engine.images.save([local], signal), tag);
  await engine.images.remove(local);

  const reference = `${registry.host}/${NAME}:${tag}`;
  onTestFinished(async () => engine.images.remove(reference));
  const lines: string[] = [];
  await engine.images.pull(reference, (line) => lines.push(line), signal);
  expect(await engine.images.has(reference)).toBe(true);
  expect(lines.join('\n')).toContain('Downloaded newer image');
  expect(registry.asked).toContain('/v2/');

  const missing = engine.images.pull(`${registry.host}/${NAME}:none`, () => undefined, signal);
  await expect(missing).rejects.toThrow(/manifest.*(unknown|not found)/i);
});
