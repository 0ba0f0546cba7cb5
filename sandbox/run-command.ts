import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { failingLine } from './failing-line.ts';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** A file to which the output is appended. */
  log?: string;
  onLine?: (line: string) => void;
  /** Aborting ends the command with SIGTERM. */
  signal: AbortSignal;
}

/** A command that exited with anything but 0. Its message is the line that names the cause. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly argv: readonly string[];
  readonly exitCode: number;
  readonly output: string;

  constructor(argv: readonly string[], exitCode: number, lines: readonly string[]) {
    super(failingLine(lines));
    this.argv = argv;
    this.exitCode = exitCode;
    this.output = lines.join('\n');
  }
}

/**
 * Runs a command to its end and resolves with its output. Rejects with a {@link CommandError}, or
 * with the signal's reason.
 */
export async function runCommand(
  argv: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const { cwd, env = process.env, log, onLine, signal } = options;
  signal.throwIfAborted();
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal });
  const closed = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  if (log !== undefined) mkdirSync(dirname(log), { recursive: true });
  const file = log === undefined ? undefined : createWriteStream(log, { flags: 'a' });
  // A log that cannot be written must not end the command.
  file?.on('error', () => undefined);
  file?.write(`$ ${argv.join(' ')}\n`);
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      file?.write(`${line}\n`);
      onLine?.(line);
    });
  }
  try {
    const exitCode = await closed;
    if (exitCode !== 0) throw new CommandError(argv, exitCode, lines);
    return lines.join('\n');
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    file?.end();
  }
}
