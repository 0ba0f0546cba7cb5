import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { pack, type Pack } from 'tar-stream';

import { bundle } from './bundle.ts';

export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** A file of a build: its path in the build's context, and a path or the bytes it comes from. */
export interface BuildFile {
  to: string;
  from: string | Buffer;
  mode: number;
}

/** A file or folder of the project, or one script made of an entry and everything it imports. */
export type FileSource = string | { bundle: string };

/** What a build is made of, by path in its context. `.` is the root of the context. */
export type FileMap = Readonly<Record<string, FileSource>>;

/** Lists the files of a map, sorted by path in the context. Tests are left out. */
export async function listFiles(map: FileMap): Promise<BuildFile[]> {
  const files: BuildFile[] = [];
  for (const [to, source] of Object.entries(map)) {
    if (typeof source === 'string') await collect(files, to, join(projectRoot, source));
    else files.push({ to, from: await bundle(source.bundle, projectRoot), mode: 0o644 });
  }
  return files.sort((a, b) => (a.to < b.to ? -1 : 1));
}

async function collect(files: BuildFile[], to: string, from: string): Promise<void> {
  const info = await stat(from);
  if (!info.isDirectory()) {
    files.push({ to, from, mode: info.mode & 0o111 ? 0o755 : 0o644 });
    return;
  }
  for (const name of await readdir(from)) {
    if (name.endsWith('.test.ts')) continue;
    await collect(files, to === '.' ? name : `${to}/${name}`, join(from, name));
  }
}

/** A hash of all paths, modes and bytes. */
export async function hashFiles(files: readonly BuildFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { to, from, mode } of files) {
    const bytes = typeof from === 'string' ? await readFile(from) : from;
    const content = createHash('sha256').update(bytes).digest('hex');
    hash.update(`${to}\0${mode.toString(8)}\0${content}\n`);
  }
  return hash.digest('hex');
}

/** A tar of the files. Owners and times are constant: equal files make equal layers. */
export function packFiles(files: readonly BuildFile[]): Readable {
  const tar = pack();
  void fill(tar, files).catch((error: unknown) => {
    tar.destroy(error as Error);
  });
  return toReadable(tar);
}

/** tar-stream brings its own stream classes; the engine's client expects those of Node.js. */
export function toReadable(tar: AsyncIterable<unknown>): Readable {
  return Readable.from(tar, { objectMode: false });
}

async function fill(tar: Pack, files: readonly BuildFile[]): Promise<void> {
  for (const { to, from, mode } of files) {
    const header = { name: to, mode, mtime: new Date(0) };
    if (typeof from !== 'string') {
      tar.entry(header, from);
      continue;
    }
    const { size } = await stat(from);
    await pipeline(createReadStream(from), tar.entry({ ...header, size }));
  }
  tar.finalize();
}
