import { spawn } from 'node:child_process';
import { withTimeout } from '../../src/async.ts';

export interface CommandOptions {
  /** Written to the command's stdin. */
  input?: string;
  ms?: number;
  signal: AbortSignal;
}

export interface CommandResult {
  exitCode: number;
  /** stdout and stderr, interleaved as they came. */
  output: string;
}

const DEFAULT_MS = 60_000;

/**
 * Runs a command and resolves with its output, whatever its exit code. Rejects when it takes longer
 * than `ms`, by default a minute.
 */
export async function execute(
  argv: readonly string[],
  { input = '', ms = DEFAULT_MS, signal }: CommandOptions,
): Promise<CommandResult> {
  const [command = '', ...args] = argv;
  const limit = withTimeout(signal, ms);
  const child = spawn(command, args, { stdio: 'pipe', signal: limit });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  child.stdin.on('error', () => undefined).end(input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new Error(`${argv.join(' ')}: ${output.slice(-2_000)}`, { cause })),
    );
    child.on('close', (code) => resolve(code ?? 1));
  });
  return { exitCode, output };
}

/** Like {@link execute}, but rejects with the end of the output when the exit code is not 0. */
export async function succeed(argv: readonly string[], options: CommandOptions): Promise<string> {
  const { exitCode, output } = await execute(argv, options);
  if (exitCode !== 0)
    throw new Error(`${argv.join(' ')} exited with ${exitCode}: ${output.slice(-2_000)}`);
  return output;
}
