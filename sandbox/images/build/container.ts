import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { extract, pack } from 'tar-stream';
import { engineCall } from '../../engine/engine-errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { Label } from '../../engine/labels.ts';
import { toReadable } from './files.ts';

export interface BuildContainerOptions {
  engine: Engine;
  image: string;
  recipe: string;
  command: string[];
  env?: Record<string, string>;
  hostConfig?: Record<string, unknown>;
  volumes?: Record<string, object>;
  /** Tars that are unpacked at a path before the start. */
  uploads?: { path: string; tar: NodeJS.ReadableStream }[];
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Runs a command in a container to its end, then lets `use` take what it made; the container is removed in any case. Rejects with the last
 * lines that the command printed when it exits with anything but 0.
 */
export async function withBuildContainer<T>(
  options: BuildContainerOptions,
  use: (containerId: string) => Promise<T>,
): Promise<T> {
  const { engine, signal } = options;
  const container = await engineCall(async () =>
    engine.docker.createContainer({
      Image: options.image,
      Entrypoint: options.command,
      Cmd: [],
      Env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
      Labels: { [Label.recipe]: options.recipe },
      Volumes: options.volumes ?? {},
      HostConfig: options.hostConfig ?? {},
      abortSignal: signal,
    }),
  );
  const remove = async (): Promise<void> => engine.removeContainer(container.id);
  const onAbort = (): void => void remove().catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (const { path, tar } of options.uploads ?? []) {
      await engineCall(async () => {
        await container.putArchive(tar, { path });
      });
    }
    const output = await engineCall(async () =>
      container.attach({ stream: true, stdout: true, stderr: true, logs: true }),
    );
    const lines = followLines(engine, output, options.onLine);
    await engineCall(async () => {
      await container.start();
    });
    const { StatusCode: exitCode } = (await container.wait()) as { StatusCode: number };
    const last = await lines;
    signal.throwIfAborted();
    if (exitCode !== 0) throw new Error(last.join('\n') || `it ended with exit code ${exitCode}`);
    return await use(container.id);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await remove();
  }
}

const LAST_LINES = 20;

async function followLines(
  engine: Engine,
  output: NodeJS.ReadableStream,
  onLine: (line: string) => void,
): Promise<string[]> {
  const merged = new Readable({ read: () => undefined });
  const sink = { write: (chunk: Buffer) => merged.push(chunk), end: () => undefined };
  engine.docker.modem.demuxStream(output, sink as never, sink as never);
  output.on('end', () => merged.push(null));
  output.on('error', () => merged.push(null));
  const last: string[] = [];
  for await (const line of createInterface({ input: merged })) {
    onLine(line);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
  }
  return last;
}

/** The content of a folder of a container as a tar whose root is that folder. */
export async function folderOf(
  engine: Engine,
  containerId: string,
  path: string,
): Promise<NodeJS.ReadableStream> {
  const source = await engineCall(async () =>
    engine.docker.getContainer(containerId).getArchive({ path }),
  );
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
    // A hard link names its target from the tar's root, a symbolic link does not.
    const linkname = header.type === 'link' ? strip(header.linkname) : header.linkname;
    stream.pipe(output.entry({ ...header, name, ...(linkname ? { linkname } : {}) }, next));
  });
  input.on('finish', () => {
    output.finalize();
  });
  input.on('error', (error) => output.destroy(error));
  source.pipe(input);
  return toReadable(output);
}
