import type Dockerode from 'dockerode';
import type { ExecOptions, ExecOutcome } from '../../../node-handle.ts';
import { openExecStream } from './exec-stream.ts';

/** A command that prints more than this on one stream would exhaust the server's memory. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs a command in a container to its end; see `NodeHandle.exec`. */
export async function execCollect(
  docker: Dockerode,
  id: string,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecOutcome> {
  using stream = await openExecStream(docker, id, argv, options);
  try {
    stream.stdin.end(options.input ?? '');
    const [stdout, stderr] = await Promise.all([text(stream.stdout), text(stream.stderr)]);
    options.signal?.throwIfAborted();
    return { exitCode: (await stream.exitCode()) ?? -1, stdout, stderr };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  }
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_OUTPUT_BYTES) throw new RangeError('The command printed more than 16 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
