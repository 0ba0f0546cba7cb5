import { setTimeout } from 'node:timers/promises';
import { Learner } from '../support/learner.ts';
import { PROMPT, type TerminalClient } from '../support/terminal-client.ts';
import { type Bench, startServer } from './bench.ts';
import type { Figure } from './figures.ts';

const KEYS = 1_000;
const KEY_GAP_MS = 5;
const LINE_LENGTH = 60;
const FILE_BYTES = 50_000_000;
const ROUNDS = 5;
const INTERRUPTS = 10;
const FLOOD_MS = 300;

/**
 * Measures a terminal over the whole chain: socket, server, engine, relay, supervisor,
 * pseudo-terminal, bash.
 */
export async function measureTerminal(bench: Bench): Promise<Figure[]> {
  await using server = await startServer(bench, { KINDLAB_POOL_MAX: '0' });
  const learner = new Learner(server.origin);
  const { id } = await learner.start(bench.lab);
  using terminal = await learner.terminal(id);
  await terminal.waitFor(PROMPT);
  return [await echo(terminal), await throughput(terminal), await interrupt(terminal)];
}

async function echo(terminal: TerminalClient): Promise<Figure> {
  const samples = await pressKeys(terminal, KEYS, KEY_GAP_MS);
  return { what: 'key press to echo', samples, unit: 'ms', show: [0.5, 0.95, 0.99] };
}

/** Presses keys at a prompt, one after another. Resolves with the milliseconds to each echo. */
export async function pressKeys(
  terminal: TerminalClient,
  keys: number,
  gapMs: number,
): Promise<number[]> {
  const samples: number[] = [];
  for (let key = 0; key < keys; key++) {
    const { received } = terminal;
    const start = performance.now();
    terminal.type(key % LINE_LENGTH === LINE_LENGTH - 1 ? '\x15' : 'x');
    await terminal.until(() => terminal.received > received, 5_000);
    samples.push(performance.now() - start);
    await setTimeout(gapMs);
  }
  terminal.type('\x15');
  return samples;
}

async function throughput(terminal: TerminalClient): Promise<Figure> {
  await terminal.run(`head -c ${(FILE_BYTES * 3) / 4} /dev/urandom | base64 > /tmp/big`);
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { received } = terminal;
    const start = performance.now();
    await terminal.run('cat /tmp/big');
    const seconds = (performance.now() - start) / 1_000;
    samples.push((terminal.received - received) / 1_000_000 / seconds);
  }
  return { what: '`cat` of 50 MB, to the last byte', samples, unit: 'MB/s' };
}

async function interrupt(terminal: TerminalClient): Promise<Figure> {
  const samples: number[] = [];
  for (let round = 0; round < INTERRUPTS; round++) {
    terminal.type('yes\r');
    await setTimeout(FLOOD_MS);
    terminal.mark();
    const start = performance.now();
    terminal.type('\x03');
    await terminal.waitFor(/\^C[^y]*\$\x1b\[0m $/);
    samples.push(performance.now() - start);
  }
  return {
    what: 'Ctrl-C during `yes`, to the prompt',
    samples,
    unit: 'ms',
    show: [0.5, 0.95],
  };
}
