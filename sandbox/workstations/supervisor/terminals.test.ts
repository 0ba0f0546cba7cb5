import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerMessage } from '../../../src/protocol/tty.ts';
import { Terminal } from './terminal.ts';
import { type Participant, Terminals } from './terminals.ts';

const size = { cols: 80, rows: 24 };

class FakeParticipant implements Participant {
  readonly received: string[] = [];
  size = size;
  isHoldingUp = false;

  send(message: ServerMessage): void {
    this.received.push(
      message.type === 'role'
        ? message.role
        : message.type === 'size'
          ? `${message.cols}x${message.rows}`
          : message.type,
    );
  }
}

let terminals: Terminals;
let terminal: Terminal;
const setPaused = vi.spyOn(Terminal.prototype, 'setPaused');

beforeEach(() => {
  terminals = new Terminals({
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    directory: tmpdir(),
    env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin', TERM: 'xterm-256color' },
  });
  terminal = terminals.open(0, size);
  setPaused.mockClear();
});
afterEach(() => {
  terminal[Symbol.dispose]();
});

describe('terminals', () => {
  it('stay the same while their shell runs, and are new after its end', async () => {
    expect(terminals.open(0, { cols: 100, rows: 30 })).toBe(terminal);
    const other = terminals.open(1, size);
    expect(other.epoch).not.toBe(terminal.epoch);
    await new Promise<void>((resolve) => {
      other.subscribe({ onOutput: () => undefined, onExit: () => resolve() });
      other[Symbol.dispose]();
    });
    const next = terminals.open(1, size);
    expect(next.epoch).not.toBe(other.epoch);
    next[Symbol.dispose]();
  });

  it('reject terminals of others', () => {
    const stranger = new Terminal(size, { uid: 0, gid: 0, directory: '/', env: {} });
    expect(() => terminals.isDriver(stranger, new FakeParticipant())).toThrow(RangeError);
    stranger[Symbol.dispose]();
  });
});

describe('a participant', () => {
  it('drives after joining, with the size of its screen', () => {
    const first = new FakeParticipant();
    const second = new FakeParticipant();
    second.size = { cols: 120, rows: 40 };
    terminals.join(terminal, first);
    terminals.join(terminal, second);
    expect(first.received).toEqual(['driver', 'observer', '120x40']);
    expect(second.received).toEqual(['driver']);
    expect(terminal.size).toEqual(second.size);
  });

  it('replaces a driver that leaves, with the size of its own screen', () => {
    const [first, second] = [new FakeParticipant(), new FakeParticipant()];
    second.size = { cols: 120, rows: 40 };
    terminals.join(terminal, first);
    terminals.join(terminal, second);
    terminals.leave(terminal, second);
    expect(terminals.isDriver(terminal, first)).toBe(true);
    expect(first.received.at(-1)).toBe('driver');
    expect(terminal.size).toEqual(size);
    terminals.leave(terminal, first);
    expect(setPaused).toHaveBeenLastCalledWith(false);
  });

  it('holds up the shell only while it drives', () => {
    const [slow, quick] = [new FakeParticipant(), new FakeParticipant()];
    slow.isHoldingUp = true;
    terminals.join(terminal, slow);
    expect(setPaused).toHaveBeenLastCalledWith(true);
    terminals.join(terminal, quick);
    expect(setPaused).toHaveBeenLastCalledWith(false);
    terminals.setRole(terminal, slow, 'driver');
    expect(setPaused).toHaveBeenLastCalledWith(true);
    terminals.setRole(terminal, slow, 'observer');
    expect(setPaused).toHaveBeenLastCalledWith(false);
    terminals.leave(terminal, slow);
    expect(terminals.isDriver(terminal, quick)).toBe(false);
  });
});
