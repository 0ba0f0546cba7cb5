import type Dockerode from 'dockerode';
import { openExecStream } from './exec-stream.ts';

export interface ExecOptions {
  user?: string;
  workingDir?: string;
  env?: Record<string, string>;
  /** Written to the command's stdin, which is then closed. */
  input?: string;
  /** Aborting drops the connection; the engine has no way to end the command itself. */
  signal?: AbortSignal;
}

export interface ExecOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. Rejects with the signal's reason when aborted. */
export async function execCollect(
  docker: Dockerode,
  id: string,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecOutcome> {
  options.signal?.throwIfAborted();
  using stream = await openExecStream(docker, id, argv, options);
  stream.stdin.end(options.input ?? '');
  const [stdout, stderr] = await Promise.all([text(stream.stdout), text(stream.stderr)]);
  await stream.closed;
  options.signal?.throwIfAborted();
  return { exitCode: (await stream.exitCode()) ?? -1, stdout, stderr };
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
