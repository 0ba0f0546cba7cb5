import type Dockerode from 'dockerode';
import { PassThrough, type Duplex, type Readable } from 'node:stream';
import type { ExecOptions } from './exec.ts';

/** The two ends of a command that runs in a container. Disposing closes its stdin and drops the connection. */
export interface ExecStream extends Disposable {
  readonly stdin: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the command's output has ended. */
  readonly closed: Promise<void>;
  /** The exit code; null while it runs. */
  exitCode(): Promise<number | null>;
}

/**
 * Without a TTY the engine interleaves stdout and stderr behind 8-byte headers; they are taken apart here. Back-pressure holds: while
 * nobody reads stdout, the connection is not read either and the command's writes block.
 */
export async function openExecStream(
  docker: Dockerode,
  id: string,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecStream> {
  const exec = await docker.getContainer(id).exec({
    Cmd: [...argv],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    ...(options.user === undefined ? {} : { User: options.user }),
    ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
    ...(options.env === undefined
      ? {}
      : { Env: Object.entries(options.env).map(([k, v]) => `${k}=${v}`) }),
    ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
  });
  const connection = await exec.start({ hijack: true, stdin: true });
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const closed = demultiplex(connection, stdout, stderr);
  const dispose = (): void => {
    connection.destroy();
  };
  options.signal?.addEventListener('abort', dispose, { once: true });
  return {
    stdin: connection,
    stdout,
    stderr,
    closed,
    exitCode: async () => (await exec.inspect()).ExitCode,
    [Symbol.dispose]: () => {
      options.signal?.removeEventListener('abort', dispose);
      dispose();
    },
  };
}

const HEADER_BYTES = 8;
const STDERR = 2;

/** dockerode's own `demuxStream` ignores back-pressure, so a flood would be held in memory. */
async function demultiplex(
  source: Readable,
  stdout: PassThrough,
  stderr: PassThrough,
): Promise<void> {
  let pending: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      let at = 0;
      while (pending.length - at >= HEADER_BYTES) {
        const size = pending.readUInt32BE(at + 4);
        if (pending.length - at - HEADER_BYTES < size) break;
        const target = pending[at] === STDERR ? stderr : stdout;
        const body = pending.subarray(at + HEADER_BYTES, at + HEADER_BYTES + size);
        at += HEADER_BYTES + size;
        if (!target.write(body)) await drained(target);
      }
      pending = pending.subarray(at);
    }
  } catch {
    // A destroyed connection is the ordinary end of a stream that its owner has disposed.
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
  });
}
