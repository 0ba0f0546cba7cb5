import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerMessage } from '../../../src/protocol/tty.ts';
import { Terminal } from './terminal.ts';
import { type Participant, Terminals } from './terminals.ts';

const size = { cols: 80, rows: 24 };

class FakeParticipant implements Participant {
  readonly told: string[] = [];
  size = size;
  isHoldingUp = false;

  send(message: ServerMessage): void {
    this.told.push(
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
  it('are the same by number while their shell lives, and another after its end', async () => {
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

  it('know only their own', () => {
    const stranger = new Terminal(size, { uid: 0, gid: 0, directory: '/', env: {} });
    expect(() => terminals.isDriver(stranger, new FakeParticipant())).toThrow(RangeError);
    stranger[Symbol.dispose]();
  });
});

describe('who looks at a terminal', () => {
  it('drives when coming last, with the size of its screen', () => {
    const first = new FakeParticipant();
    const second = new FakeParticipant();
    second.size = { cols: 120, rows: 40 };
    terminals.join(terminal, first);
    terminals.join(terminal, second);
    expect(first.told).toEqual(['driver', 'observer', '120x40']);
    expect(second.told).toEqual(['driver']);
    expect(terminal.size).toEqual(second.size);
  });

  it('takes over from the driver that leaves, with the size of its own screen', () => {
    const [first, second] = [new FakeParticipant(), new FakeParticipant()];
    second.size = { cols: 120, rows: 40 };
    terminals.join(terminal, first);
    terminals.join(terminal, second);
    terminals.leave(terminal, second);
    expect(terminals.isDriver(terminal, first)).toBe(true);
    expect(first.told.at(-1)).toBe('driver');
    expect(terminal.size).toEqual(size);
    terminals.leave(terminal, first);
    expect(setPaused).toHaveBeenLastCalledWith(false);
  });

  it('holds up the shell only as its driver', () => {
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
