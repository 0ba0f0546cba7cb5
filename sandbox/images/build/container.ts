import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Pack } from 'tar-stream';
import type { Engine } from '../../providers/docker/engine/engine.ts';
import { Label } from '../../providers/docker/engine/labels.ts';
import { toReadable } from './files.ts';

const LAST_LINES = 20;

export interface BuildContainerOptions {
  engine: Engine;
  image: string;
  recipe: string;
  /** Labels that say who owns the build. */
  labels: Record<string, string>;
  command: string[];
  env?: Record<string, string>;
  hostConfig?: Record<string, unknown>;
  volumes?: Record<string, object>;
  /** Tars to unpack at a path before the start; each is opened in its turn. */
  uploads?: { path: string; open: () => Promise<NodeJS.ReadableStream> | NodeJS.ReadableStream }[];
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Runs a command in a container to its end, then calls `use` to take the result. Always removes the
 * container. If the command does not exit with 0, rejects with the last lines that it printed; when
 * aborted, with the signal's reason.
 */
export async function withBuildContainer<T>(
  options: BuildContainerOptions,
  use: (containerId: string) => Promise<T>,
): Promise<T> {
  const { engine, signal } = options;
  signal.throwIfAborted();
  // Awaited even when aborted: the request may still create the container.
  const id = await engine.containers.create({
    Image: options.image,
    Entrypoint: options.command,
    Cmd: [],
    Env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
    Labels: { ...options.labels, [Label.recipe]: options.recipe },
    Volumes: options.volumes ?? {},
    HostConfig: options.hostConfig ?? {},
  });
  // Calls that wait for the container then fail at once.
  const onAbort = (): void => void engine.containers.remove(id).catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await run(options, id);
    return await use(id);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await engine.containers.remove(id);
  }
}

async function run(
  { engine, uploads = [], onLine, signal }: BuildContainerOptions,
  id: string,
): Promise<void> {
  for (const { path, open } of uploads) {
    await engine.containers.upload(id, path, await open(), signal);
  }
  const last: string[] = [];
  const exitCode = await engine.containers.follow(id, (line) => {
    onLine(line);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
  });
  signal.throwIfAborted();
  if (exitCode !== 0) throw new Error(last.join('\n') || `it ended with exit code ${exitCode}`);
}

/**
 * The content of a folder of a container, as a tar whose root is that folder. On a failure the
 * stream emits an error; it never ends early without one.
 */
export async function folderOf(
  engine: Engine,
  containerId: string,
  path: string,
): Promise<NodeJS.ReadableStream> {
  const source = await engine.containers.download(containerId, path);
  const prefix = `${path.replace(/^.*\//, '')}/`;
  const strip = (name: string): string => name.slice(name.startsWith(prefix) ? prefix.length : 0);
  const input = extract();
  const output = pack();
  input.on('entry', (header, stream, next) => {
    const name = strip(header.name);
    if (name === '') {
      stream.on('end', next).resume();
      return;
    }
    // Hard links name their target from the root of the tar, symbolic links do not.
    const linkname = header.type === 'link' ? strip(header.linkname) : header.linkname;
    stream.pipe(output.entry({ ...header, name, ...(linkname ? { linkname } : {}) }, next));
  });
  input.on('finish', () => {
    output.finalize();
  });
  input.on('error', (error) => output.destroy(error));
  source.on('error', (error: Error) => input.destroy(error));
  source.pipe(input);
  return toReadable(output);
}

/**
 * The context of a build that adds one file of a container: a Dockerfile, and the file under its
 * own name, streamed. On a failure the stream emits an error; it never ends early without one.
 */
export async function contextWithFile(
  engine: Engine,
  containerId: string,
  { path, dockerfile }: { path: string; dockerfile: string },
): Promise<Readable> {
  const archive = await engine.containers.download(containerId, path);
  const context = pack();
  const fill = async (to: Pack): Promise<void> => {
    to.entry({ name: 'Dockerfile' }, dockerfile);
    const input = extract();
    archive.on('error', (error: Error) => input.destroy(error));
    for await (const file of archive.pipe(input)) {
      const { name, size } = file.header;
      await pipeline(file, to.entry({ name, size }));
    }
    to.finalize();
  };
  void fill(context).catch((error: unknown) => context.destroy(error as Error));
  return toReadable(context);
}
