import { spawn } from 'node:child_process';
import { withTimeout } from '../../src/async.ts';

export interface CommandOptions {
  /** Written to its stdin. */
  input?: string;
  ms?: number;
  signal: AbortSignal;
}

export interface CommandResult {
  exitCode: number;
  /** stdout and stderr as they came. */
  output: string;
}

const DEFAULT_MS = 60_000;

/** Runs a command to its end and resolves with what it printed, whatever its exit code. Rejects when it takes longer than `ms`, by default a minute. */
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

/** As {@link execute}; anything but 0 is an error that has the end of what was printed. */
export async function succeed(argv: readonly string[], options: CommandOptions): Promise<string> {
  const { exitCode, output } = await execute(argv, options);
  if (exitCode !== 0)
    throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${output.slice(-2_000)}`);
  return output;
}
