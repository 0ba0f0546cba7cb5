import type Dockerode from 'dockerode';
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecStream, StreamOptions } from '../../../node-handle.ts';
import { quickCall } from './engine-errors.ts';
import { Multiplexed } from './multiplexed.ts';

const EXIT_MS = 5_000;
const EXIT_POLL_MS = 20;

/**
 * Starts a command in a container; see `NodeHandle.stream`. Applies back-pressure: while stdout is
 * not read, the connection is not read either, and the command's writes block.
 */
export async function openExecStream(
  docker: Dockerode,
  id: string,
  argv: readonly string[],
  options: StreamOptions,
): Promise<ExecStream> {
  const { user, workingDir, env, signal } = options;
  signal?.throwIfAborted();
  const exec = await quickCall(async () =>
    docker.getContainer(id).exec({
      Cmd: [...argv],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      ...(user === undefined ? {} : { User: user }),
      ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
      ...(env === undefined ? {} : { Env: Object.entries(env).map(([k, v]) => `${k}=${v}`) }),
    }),
  );
  signal?.throwIfAborted();
  const connection = await quickCall(async (abortSignal) =>
    exec.start({ hijack: true, stdin: true, abortSignal }),
  );
  // A broken connection ends the output; without a listener its error would end the server.
  connection.on('error', () => undefined);
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const closed = demultiplex(connection, stdout, stderr);
  const drop = (): void => {
    for (const stream of [connection, stdout, stderr]) stream.destroy();
  };
  if (signal?.aborted) drop();
  signal?.throwIfAborted();
  signal?.addEventListener('abort', drop, { once: true });
  return {
    stdin: connection,
    stdout,
    stderr,
    closed,
    exitCode: async () => exitCodeOf(exec),
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', drop);
      drop();
    },
  };
}

/** Polls, because the engine closes the output a moment before it records the exit code. */
async function exitCodeOf(exec: Dockerode.Exec): Promise<number | null> {
  const deadline = performance.now() + EXIT_MS;
  for (;;) {
    const { Running, ExitCode } = await quickCall(async () => exec.inspect());
    if (!Running) return ExitCode;
    if (performance.now() > deadline) return null;
    await delay(EXIT_POLL_MS);
  }
}

/** dockerode's `demuxStream` ignores back-pressure and would buffer a flood in memory. */
async function demultiplex(
  source: Readable,
  stdout: PassThrough,
  stderr: PassThrough,
): Promise<void> {
  const multiplexed = new Multiplexed();
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      for (const { isStderr, bytes } of multiplexed.push(chunk)) {
        const target = isStderr ? stderr : stdout;
        if (!target.write(bytes)) await drained(target);
      }
    }
  } catch {
    // A connection that breaks or is dropped ends the output.
  } finally {
    stdout.end();
    stderr.end();
  }
}

function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    if (stream.destroyed) done();
  });
}
