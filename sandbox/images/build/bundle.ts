import { build } from 'esbuild';

/** Compiled code cannot be bundled: these stay folders in node_modules. */
const EXTERNAL = ['@lydell/node-pty'];

/**
 * Bundles a program of the workstation: its entry and everything that it imports become one script
 * for Node.js, without comments, so that only a change of code makes a new image.
 *
 * @param entry path of the entry, from `root`
 */
export async function bundle(entry: string, root: string): Promise<Buffer> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: EXTERNAL,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return Buffer.from(script.contents);
}
