import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { Label } from '../../providers/docker/engine/labels.ts';
import { buildProven } from './cluster-image.ts';
import { contextWithFile, withBuildContainer } from './container.ts';
import { packFiles, toReadable } from './files.ts';
import type { Basics } from './methods.ts';
import type { BuildContext, Recipe } from './recipe.ts';

const LAYER = 'layer.tar';
/** A volume, because overlayfs cannot unpack onto itself. */
const STORE = '/store';

export interface PreloadedOptions extends Basics {
  /** Recipe of the node image to extend; it may contain images already. */
  root: string;
  /** Recipes of the images to preload, with their names inside a cluster. */
  preload: Readonly<Record<string, string>>;
  /** Whether the root is a cluster image. If so, a cluster must boot from the result. */
  isCluster?: boolean;
}

/**
 * A node image with images unpacked into its containerd, as one layer on top of its root. Nodes of
 * all images with the same root share that root, on disk and in memory.
 */
export function preloaded(options: PreloadedOptions): Recipe {
  const { root, preload, isCluster = false, ...basics } = options;
  return {
    ...basics,
    files: { 'preload.sh': 'sandbox/images/node/preload.sh' },
    parents: [root, ...Object.keys(preload)],
    parameters: { preload, isCluster },
    build: async (context) => {
      await withLayer(context, options, async (open) => {
        if (isCluster) {
          await buildProven(context, options.name, open);
          return;
        }
        const { engine, tag, onLine, signal } = context;
        const labels = { [Label.recipe]: options.name };
        await engine.images.build({ context: await open(), tag, labels, onLine, signal });
      });
    },
  };
}

/** Unpacks the images in a build container, and calls `use` to build with the result. */
async function withLayer(
  { engine, files, labels, parent, onLine, signal }: BuildContext,
  { name, root, preload }: PreloadedOptions,
  use: (open: () => Promise<Readable>) => Promise<void>,
): Promise<void> {
  const images = Object.keys(preload).map(parent);
  const names = Object.entries(preload).map(([recipe, target]) => `${parent(recipe)}=${target}`);
  const dockerfile = `FROM ${parent(root)}\nADD ${LAYER} /\n`;
  await withBuildContainer(
    {
      engine,
      labels,
      recipe: name,
      image: parent(root),
      command: ['bash', '/build/preload.sh'],
      env: { IMAGES: names.join('\n') },
      volumes: { [STORE]: {} },
      hostConfig: {
        CapAdd: ['SYS_ADMIN'],
        SecurityOpt: ['apparmor=unconfined', 'seccomp=unconfined'],
        MaskedPaths: [],
        ReadonlyPaths: [],
        Tmpfs: { '/run': '' },
      },
      uploads: [
        { path: '/', open: () => folders('images', 'build') },
        // `docker save` writes a tar. It is unpacked here and packed again by the script.
        { path: '/images', open: async () => engine.images.save(images, signal) },
        { path: '/build', open: () => packFiles(files) },
      ],
      onLine,
      signal,
    },
    async (id) => {
      const path = `${STORE}/${LAYER}`;
      await use(async () => contextWithFile(engine, id, { path, dockerfile }));
    },
  );
}

function folders(...names: string[]): NodeJS.ReadableStream {
  const tar = pack();
  for (const name of names) tar.entry({ name, type: 'directory' });
  tar.finalize();
  return toReadable(tar);
}
