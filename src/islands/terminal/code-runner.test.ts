import { Terminal } from '@xterm/headless';
import { expect, it } from 'vitest';
import { CodeRunner, type CodeTarget } from './code-runner.ts';

const PROMPT = '\x1b[?2004h$ ';
const TAKEN = '\r\n\x1b[?2004l\r';

/** A terminal and a shell with bracketed paste; `typed` is what the shell has received. */
function shell() {
  const terminal = new Terminal({ allowProposedApi: true });
  const typed: string[] = [];
  const life = new AbortController();
  const state = { isOnline: true };
  const target = {
    terminal: terminal as unknown as CodeTarget['terminal'],
    send: (data: string) => state.isOnline && typed.push(data) > 0,
    signal: life.signal,
  };
  const print = async (text: string): Promise<void> =>
    new Promise((resolve) => terminal.write(text, resolve));
  return { runner: new CodeRunner(target), typed, life, state, print };
}

async function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

it('types each command at its own prompt', async () => {
  const { runner, typed, print } = shell();
  await print(PROMPT);
  const run = runner.run('echo a\necho b\n');
  await settle();
  expect(typed).toHaveLength(1);
  expect(typed[0]).toContain('echo a');
  await print(`echo a${TAKEN}`);
  await settle();
  expect(typed).toHaveLength(1);
  await print(`a\r\n${PROMPT}`);
  await settle();
  expect(typed).toHaveLength(2);
  expect(typed[1]).toContain('echo b');
  await print(`echo b${TAKEN}b\r\n${PROMPT}`);
  expect(await run).toBe('sent');
});

it('skips the rest after Ctrl-C', async () => {
  const { runner, typed, print } = shell();
  await print(PROMPT);
  const run = runner.run('sleep 100\necho b');
  await settle();
  await print(TAKEN);
  runner.noticeInput('\x03');
  await print(`^C\r\n${PROMPT}`);
  expect(await run).toBe('sent');
  expect(typed).toHaveLength(1);
});

it('skips the rest when the shell has ended', async () => {
  const { runner, typed, print } = shell();
  await print(PROMPT);
  const run = runner.run('exit\necho b');
  await settle();
  await print(TAKEN);
  runner.noticeExit();
  await print(PROMPT);
  expect(await run).toBe('sent');
  expect(typed).toHaveLength(1);
});

it('runs one block after another, never two at once', async () => {
  const { runner, typed, print } = shell();
  await print(PROMPT);
  const runs = [runner.run('echo a'), runner.run('echo b')];
  await settle();
  expect(typed).toHaveLength(1);
  await print(`${TAKEN}${PROMPT}`);
  await settle();
  expect(typed).toHaveLength(2);
  await print(`${TAKEN}${PROMPT}`);
  expect(await Promise.all(runs)).toEqual(['sent', 'sent']);
});

it('types nothing without a connection, nor into a full-screen program', async () => {
  const { runner, typed, print, state } = shell();
  await print(PROMPT);
  state.isOnline = false;
  expect(await runner.run('echo a')).toBe('offline');
  state.isOnline = true;
  await print('\x1b[?1049h');
  expect(await runner.run('echo a')).toBe('busy');
  expect(typed).toEqual([]);
});

it('ends with its terminal', async () => {
  const { runner, print, life } = shell();
  await print(PROMPT);
  const run = runner.run('echo a\necho b');
  await settle();
  await print(TAKEN);
  life.abort();
  expect(await run).toBe('offline');
});

it('reports what the commands printed, each below its line, when the prompt is back', async () => {
  const { runner, print } = shell();
  await print(PROMPT);
  const outputs: (string | undefined)[] = [];
  const run = runner.run('echo a\nprintf b', (output) => outputs.push(output));
  await settle();
  await print(`echo a${TAKEN}a\r\n${PROMPT}`);
  await settle();
  await print(`printf b${TAKEN}b`);
  await run;
  expect(outputs).toEqual([]);
  await print(PROMPT);
  await settle();
  expect(outputs).toEqual(['$ echo a\na\n$ printf b\nb']);
});

it('joins wrapped lines, and omits the line of a single command', async () => {
  const { runner, print } = shell();
  await print(PROMPT);
  const outputs: (string | undefined)[] = [];
  const run = runner.run('seq', (output) => outputs.push(output));
  await settle();
  await print(`seq${TAKEN}${'x'.repeat(100)}\r\nend\r\n${PROMPT}`);
  await run;
  await settle();
  expect(outputs).toEqual([`${'x'.repeat(100)}\nend`]);
});
