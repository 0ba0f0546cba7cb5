import { z } from 'zod';
import type { SandboxImages } from '../../sandbox/provider.ts';
import { nodeImageSchema } from '../../src/protocol/lab.ts';

const imagesSchema = z.object({
  node: z.string(),
  workstation: z.string(),
  holds: z.array(nodeImageSchema).default(nodeImageSchema.options),
});

/**
 * The images that set-up has built. Throws outside `npm test`, which names them in
 * `KINDLAB_TEST_IMAGES`.
 */
export function testImages(): SandboxImages {
  const text = process.env.KINDLAB_TEST_IMAGES;
  if (text === undefined)
    throw new Error('Run "npm test": it builds the images that this test needs.');
  return imagesSchema.parse(JSON.parse(text));
}
