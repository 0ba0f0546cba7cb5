import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { RING_BYTES } from '../../../src/protocol/tty-frames.ts';
import { Terminal } from './terminal.ts';

const user = {
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  directory: tmpdir(),
  env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin', PS1: '$ ', TERM: 'xterm-256color' },
};
const open: Terminal[] = [];

function start(): Terminal {
  const terminal = new Terminal({ cols: 80, rows: 24 }, user);
  open.push(terminal);
  return terminal;
}

/** Checks `isMet` after every output and at the end of the shell. */
async function until(terminal: Terminal, isMet: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (!isMet()) return;
      subscription[Symbol.dispose]();
      resolve();
    };
    const subscription = terminal.subscribe({ onOutput: check, onExit: check });
    check();
  });
}

const text = (terminal: Terminal): string =>
  terminal.read(Math.max(0, terminal.end - 10_000), terminal.end).toString();

async function type(terminal: Terminal, command: string): Promise<void> {
  terminal.write(Buffer.from(`${command}; echo d''one\r`));
  await until(terminal, () => text(terminal).includes('done\r\n'));
}

afterEach(() => {
  for (const terminal of open.splice(0)) terminal[Symbol.dispose]();
});

describe('a terminal', () => {
  it('keeps output by offset, and reports the exit of its shell', async () => {
    const terminal = start();
    const ends: unknown[] = [];
    terminal.subscribe({ onOutput: () => undefined, onExit: (...end) => ends.push(end) });
    terminal.write(Buffer.from('printf "%s-%s\\n" $COLUMNS 世界; exit 5\r'));
    await until(terminal, () => terminal.hasEnded);
    expect(terminal.read(0, terminal.end).toString()).toContain('80-世界\r\n');
    expect(ends).toEqual([[5, 0]]);
    expect(terminal.holds(terminal.end)).toBe(true);
    expect(terminal.holds(terminal.end + 1)).toBe(false);
  });

  it('loses no output of a shell that ends while paused', async () => {
    const terminal = start();
    await type(terminal, 'true');
    terminal.setPaused(true);
    terminal.write(Buffer.from("printf '%03000d!' 0; exit\r"));
    await until(terminal, () => terminal.hasEnded);
    expect(text(terminal)).toContain(`${'0'.repeat(3000)}!`);
  });

  it('blocks its shell while paused', async () => {
    const terminal = start();
    await type(terminal, 'true');
    terminal.write(Buffer.from('yes\r'));
    await until(terminal, () => terminal.end > 100_000);
    terminal.setPaused(true);
    // Bytes that were already read may still arrive.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { end } = terminal;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(terminal.end).toBe(end);
    terminal.setPaused(false);
    await until(terminal, () => terminal.end > end + 100_000);
  });

  it('ignores resizing, pausing and input after its end', async () => {
    const terminal = start();
    terminal.write(Buffer.from('exit\r'));
    await until(terminal, () => terminal.hasEnded);
    terminal.resize({ cols: 100, rows: 30 });
    terminal.setPaused(true);
    terminal.write(Buffer.from('x'));
    terminal.repaint();
    expect(terminal.size).toEqual({ cols: 80, rows: 24 });
  });

  it('survives a resize while its shell ends', async () => {
    const terminal = start();
    terminal.write(Buffer.from('exit\r'));
    for (let cols = 100; !terminal.hasEnded; cols = 201 - cols) {
      terminal.resize({ cols, rows: 30 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(terminal.hasEnded).toBe(true);
  });
});

describe('a snapshot', () => {
  it('of little output is a reset and all of it', async () => {
    const terminal = start();
    await type(terminal, 'echo hello');
    const { bytes, isAlternateScreen } = terminal.snapshot();
    expect(bytes.toString()).toBe(`\x1bc${terminal.read(0, terminal.end).toString()}`);
    expect(isAlternateScreen).toBe(false);
  });

  it('of much output is its end from a whole line on, in the modes set before', async () => {
    const terminal = start();
    const long = 'x'.repeat(70);
    await type(
      terminal,
      `printf '\\e[?1049h\\e[?1000h\\e[?1000l'; for i in {1..40000}; do echo ${long}; done`,
    );
    expect(terminal.end).toBeGreaterThan(RING_BYTES);
    const { bytes, isAlternateScreen } = terminal.snapshot();
    expect(isAlternateScreen).toBe(true);
    const [, modes, rest] = /^\x1bc((?:\x1b\[\?\d+[hl])*)(.*)$/s.exec(bytes.toString()) ?? [];
    expect(modes).toContain('\x1b[?1049h');
    expect(modes).toContain('\x1b[?1000l');
    expect(rest?.startsWith(`${long}\r\n${long}\r\n`)).toBe(true);
    expect(bytes.length).toBeLessThan(300_000);
  });

  it('keeps the modes set in a line that is partly cut off', async () => {
    const terminal = start();
    // The cut falls into the first zeros, the mode is set after it, in the same line.
    await type(
      terminal,
      String.raw`printf '%0100000d\e[?1049h%0200000d\n' 0 0; printf '%050000d\n' 0`,
    );
    const { bytes, isAlternateScreen } = terminal.snapshot();
    expect(isAlternateScreen).toBe(true);
    expect(bytes.subarray(0, 200).toString()).toContain('\x1b[?1049h');
  });
});
