import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { delay, withTimeout } from '../../src/async.ts';
import {
  type FileEntry,
  type FileList,
  filePathSchema,
  MAX_FILE_BYTES,
  MAX_FILES,
} from '../../src/protocol/files.ts';
import { LabError } from '../errors.ts';
import { LineReader } from '../lines.ts';
import type { ExecOutcome, ExecStream } from '../node-handle.ts';
import type { FilesOptions, WorkstationFiles } from '../provider.ts';

/** Runs commands as the learner, with HOME set. */
export interface LearnerShell {
  exec(
    argv: readonly string[],
    options: { signal: AbortSignal; input?: string },
  ): Promise<ExecOutcome>;
  /** Aborting drops the connection, even long after it was opened. */
  open(
    argv: readonly string[],
    options: { signal: AbortSignal },
  ): Promise<Pick<ExecStream, 'stdout' | 'stderr' | keyof Disposable>>;
}

const CALL_TIMEOUT_MS = 10_000;
const STDERR_CHARS = 200;
/** 501 of the longest paths that Linux allows take 2.7 MiB in Base64. */
const MAX_LIST_CHARS = 4 * 2 ** 20;
const REPORT_EVERY_MS = 250;
const script = readFileSync(new URL('files.sh', import.meta.url), 'utf8');

/**
 * The files below `~/lab` of one workstation. Paths are passed as arguments and never become shell
 * text.
 */
export function workstationFiles(shell: LearnerShell): WorkstationFiles {
  const run = async (
    argv: readonly string[],
    { signal, input = '' }: FilesOptions & { input?: string },
  ): Promise<string> => {
    const limit = withTimeout(signal, CALL_TIMEOUT_MS);
    const outcome = await shell.exec(argvOf(argv), { signal: limit, input });
    if (outcome.exitCode === 0) return outcome.stdout;
    throw failure(outcome, argv[1] ?? '~/lab');
  };
  return {
    list: async (options) => toList(await run(['list', String(MAX_FILES + 1)], options)),

    read: async (path, options) => {
      const stdout = await run(['read', path, String(MAX_FILE_BYTES)], options);
      const bytes = Buffer.from(stdout, 'base64');
      if (bytes.length > MAX_FILE_BYTES) throw tooLarge(path);
      return { path, text: toText(bytes, path), version: versionOf(bytes) };
    },

    write: async ({ path, text }, known, options) => {
      const bytes = Buffer.from(text);
      if (bytes.length > MAX_FILE_BYTES) throw tooLarge(path);
      if (text.includes('\0') || !text.isWellFormed()) throw notText(path);
      await run(['write', path, known, String(bytes.length)], { ...options, input: text });
      return { path, version: versionOf(bytes) };
    },

    remove: async (path, known, options) => {
      await run(['remove', path, known], options);
    },

    watch: async (onChange, { signal }) => {
      using stream = await shell.open(argvOf(['watch', String(MAX_FILES + 1)]), { signal });
      stream.stderr.resume();
      // The learner's own processes can write to this stream, too: neither an endless line nor a
      // flood of lines may keep the server busy.
      const reader = new LineReader(
        MAX_LIST_CHARS,
        () => new LabError('LAB_FILE_FAILED', 'The list of files is too long.'),
      );
      for await (const chunk of stream.stdout.setEncoding('utf8') as AsyncIterable<string>) {
        const last = reader.push(chunk).at(-1);
        if (last === undefined) continue;
        onChange(toList(last));
        await delay(REPORT_EVERY_MS, signal);
      }
    },
  };
}

function argvOf(argv: readonly string[]): string[] {
  return ['bash', '-c', script, 'files', ...argv];
}

function versionOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function toText(bytes: Buffer, path: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Not UTF-8.
  }
  throw notText(path);
}

/** Leaves out names that no client could request. */
function toList(encoded: string): FileList {
  const lines = Buffer.from(encoded, 'base64').toString('utf8').split('\0').filter(Boolean);
  const files = lines
    .slice(0, MAX_FILES)
    .map(toEntry)
    .filter(({ path }) => filePathSchema.safeParse(path).success)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, truncated: lines.length > MAX_FILES };
}

const kinds: Record<string, FileEntry['kind']> = { f: 'file', d: 'folder' };

function toEntry(line: string): FileEntry {
  const [kind = '', size, seconds, ...path] = line.split('\t');
  return {
    path: path.join('\t'),
    kind: kinds[kind] ?? 'other',
    size: Number(size),
    modifiedMs: Math.round(Number(seconds) * 1000),
  };
}

/** The exit codes are those of `files.sh`. */
function failure({ exitCode, stderr }: ExecOutcome, path: string): LabError {
  switch (exitCode) {
    case 3:
      return new LabError('LAB_FILE_UNKNOWN', `There is no ~/lab/${path}.`);
    case 4:
      return new LabError('LAB_FILE_OUTSIDE', `${path} leads outside ~/lab.`);
    case 5:
      return notText(path);
    case 6:
      return tooLarge(path);
    case 7:
      return new LabError('LAB_FILE_CHANGED', `~/lab/${path} has another content than expected.`);
    default: {
      const reason = stderr.trim().slice(-STDERR_CHARS) || `exit code ${exitCode}`;
      return new LabError('LAB_FILE_FAILED', `~/lab/${path}: ${reason}`);
    }
  }
}

function tooLarge(path: string): LabError {
  const limit = `${MAX_FILE_BYTES / 1024} KiB`;
  return new LabError('LAB_FILE_TOO_LARGE', `~/lab/${path} is larger than ${limit}.`);
}

function notText(path: string): LabError {
  return new LabError('LAB_FILE_NOT_TEXT', `~/lab/${path} is not UTF-8 text.`);
}
