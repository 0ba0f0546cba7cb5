import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TerminalConnection } from '../../provider.ts';
import { TerminalViewer, type Attachment } from '../../../tests/support/terminal-viewer.ts';
import { FrameReader, packFrame } from '../framing.ts';
import { Terminal } from './terminal.ts';
import { Terminals } from './terminals.ts';
import { Viewer } from './viewer.ts';

const opened = vi.spyOn(Terminals.prototype, 'open');
const setPaused = vi.spyOn(Terminal.prototype, 'setPaused');
let folder: string;
let server: Server;
let sockets: Socket[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kindlab-supervisor-'));
  sockets = [];
  const terminals = new Terminals({
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    directory: folder,
    env: { HOME: folder, PATH: '/usr/bin:/bin', PS1: '$ ', TERM: 'xterm-256color' },
  });
  server = createServer((socket) => new Viewer(socket, terminals));
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
});

afterEach(async () => {
  vi.useRealTimers();
  for (const { value } of opened.mock.results) (value as Terminal)[Symbol.dispose]();
  opened.mockClear();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 50 });
});

function connection(socket: Socket): TerminalConnection {
  const reader = new FrameReader();
  const made: TerminalConnection = {
    onFrame: () => undefined,
    onClose: () => undefined,
    send: (frame) => void socket.write(packFrame(frame)),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
  socket.on('data', (chunk) => {
    for (const frame of reader.push(chunk)) made.onFrame(frame);
  });
  socket.on('close', () => {
    made.onClose();
  });
  return made;
}

async function look(attachment: Attachment = {}): Promise<TerminalViewer> {
  const socket = connect(join(folder, 'socket'));
  sockets.push(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  const opened = connection(socket);
  opened.send(JSON.stringify({ type: 'open', terminal: 0 }));
  return new TerminalViewer(opened, attachment);
}

describe('a viewer', () => {
  it('gets a hello, its role, pongs and the output of what it types', async () => {
    using viewer = await look();
    viewer.control({ type: 'ping', at: 12.5 });
    expect(await viewer.run('stty size')).toBe('30 100\n');
    expect(viewer.messages).toMatchObject([
      { type: 'hello', end: 0, cols: 100, rows: 30 },
      { type: 'role', role: 'driver' },
      { type: 'pong', at: 12.5 },
    ]);
  });

  it('gets only what it missed with the same epoch, and everything with another', async () => {
    using first = await look();
    await first.run('echo before');
    const { epoch, offset: lastOffset } = first;
    using same = await look({ lastOffset, epoch });
    using other = await look({ lastOffset, epoch: 'another' });
    expect(await same.run('echo after')).toBe('after\n');
    expect(same.text).not.toContain('before\r\n<end>');
    await other.until(() => other.text.includes('after\r\n'), 'everything');
    expect(other.text.startsWith(first.text.slice(0, 40))).toBe(true);
  });

  it('holds up the shell for only ten seconds without acks, even during a replay', async () => {
    {
      using first = await look();
      await first.run('yes | head -c 700000');
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    using viewer = await look({ acks: false });
    await vi.waitUntil(() => viewer.received > 0);
    expect(setPaused).toHaveBeenLastCalledWith(true);
    vi.advanceTimersByTime(9_000);
    expect(setPaused).toHaveBeenLastCalledWith(true);
    vi.advanceTimersByTime(1_000);
    expect(setPaused).toHaveBeenLastCalledWith(false);
  });

  it('continues where it was after a stall', async () => {
    using viewer = await look({ acks: false });
    viewer.type('yes | head -c 1000000; echo f""in\r');
    await viewer.until(() => viewer.received >= 500_000, 'a flood');
    expect(viewer.text).not.toContain('fin\r\n');
    viewer.control({ type: 'ack', offset: viewer.offset });
    await viewer.until(() => viewer.received >= 1_000_000, 'the next part');
    viewer.control({ type: 'ack', offset: viewer.offset });
    await viewer.until(() => viewer.text.includes('fin\r\n'), 'the end');
  });

  it('with a broken stream is dropped without disturbing others', async () => {
    using viewer = await look();
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n'), packFrame('{no json')]) {
      const broken = connect(join(folder, 'socket'));
      sockets.push(broken);
      const closed = new Promise((resolve) => broken.once('close', resolve));
      broken.on('error', () => undefined).write(bytes);
      await closed;
    }
    expect(await viewer.run('echo alive')).toBe('alive\n');
  });

  it('leaves the shell running, for others or alone', async () => {
    using first = await look();
    const second = await look();
    await first.until(() => first.messages.at(-1)?.type === 'size', 'watching');
    second[Symbol.dispose]();
    await first.until(() => {
      const last = first.messages.findLast(({ type }) => type === 'role');
      return last?.type === 'role' && last.role === 'driver';
    }, 'the role of driver');
    first.type('while true; do echo on; sleep 0.01; done\r');
    await first.until(() => first.text.includes('on\r\non\r\n'), 'a loop');
    first[Symbol.dispose]();
    const { offset: lastOffset, epoch } = first;
    using again = await look({ lastOffset, epoch });
    await again.until(() => again.text.includes('on\r\non\r\n'), 'the loop');
    again.type('\x03');
  });
});
