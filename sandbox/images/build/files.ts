import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { pack, type Pack } from 'tar-stream';

export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** A file of a build: where it lies in the build's context, and where in the project. */
export interface BuildFile {
  to: string;
  from: string;
  mode: number;
}

/** What a build is made of: path in its context to file or folder in the project. `.` is the context's own root. */
export type FileMap = Readonly<Record<string, string>>;

/** All files below the entries of a map, sorted by their place in the context. Tests and TypeScript recipes are no part of an image. */
export async function listFiles(map: FileMap): Promise<BuildFile[]> {
  const files: BuildFile[] = [];
  for (const [to, from] of Object.entries(map)) await collect(files, to, join(projectRoot, from));
  return files.sort((a, b) => (a.to < b.to ? -1 : 1));
}

async function collect(files: BuildFile[], to: string, from: string): Promise<void> {
  const info = await stat(from);
  if (!info.isDirectory()) {
    files.push({ to, from, mode: info.mode & 0o111 ? 0o755 : 0o644 });
    return;
  }
  for (const name of await readdir(from)) {
    if (name.endsWith('.test.ts') || name === 'context.ts') continue;
    await collect(files, to === '.' ? name : `${to}/${name}`, join(from, name));
  }
}

/** Changes when a file's place, mode or bytes do. */
export async function hashFiles(files: readonly BuildFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = createHash('sha256')
      .update(await readFile(file.from))
      .digest('hex');
    hash.update(`${file.to}\0${file.mode.toString(8)}\0${content}\n`);
  }
  return hash.digest('hex');
}

/** A tar of the files. Owners and times are constant, so that equal files make equal layers. */
export function packFiles(files: readonly BuildFile[]): Readable {
  const tar = pack();
  void fill(tar, files).catch((error: unknown) => {
    tar.destroy(error as Error);
  });
  return toReadable(tar);
}

/** tar-stream's own streams are no Node.js streams. */
export function toReadable(tar: AsyncIterable<unknown>): Readable {
  return Readable.from(tar, { objectMode: false });
}

async function fill(tar: Pack, files: readonly BuildFile[]): Promise<void> {
  for (const { to, from, mode } of files) {
    const { size } = await stat(from);
    await pipeline(createReadStream(from), tar.entry({ name: to, mode, size, mtime: new Date(0) }));
  }
  tar.finalize();
}
