import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabCheckAnswer, LabNodeAnswer } from '../../src/protocol/lab-command.ts';
import { LabError } from '../errors.ts';
import type { LabCommandHandler, TerminalConnection } from '../provider.ts';
import { LabChannel } from './lab-channel.ts';
import { ask, Refusal } from './lab/ask.ts';
import { FrameReader, packFrame } from './framing.ts';
import { LabRelay } from './supervisor/lab-relay.ts';

let folder: string;
let labSocket: string;
let servers: Server[];
let ends: Socket[];
let channel: LabChannel;
let handler: LabCommandHandler;

/** Connects to the relay as the provider does, without a container engine. */
async function open(): Promise<TerminalConnection> {
  const socket = connect(join(folder, 'server'));
  ends.push(socket);
  const reader = new FrameReader();
  const connection: TerminalConnection = {
    onFrame: () => undefined,
    onClose: () => undefined,
    send: (frame) => void socket.write(packFrame(frame)),
    pause: () => undefined,
    resume: () => undefined,
    [Symbol.dispose]: () => socket.destroy(),
  };
  socket.on('data', (chunk) => {
    for (const frame of reader.push(chunk)) connection.onFrame(frame);
  });
  socket.on('error', () => undefined).on('close', () => connection.onClose());
  return Promise.resolve(connection);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kindlab-lab-'));
  labSocket = join(folder, 'lab');
  ends = [];
  const relay = new LabRelay();
  servers = [
    createServer((socket) => relay.serve(socket)).listen(join(folder, 'server')),
    createServer({ allowHalfOpen: true }, (socket) => relay.accept(socket)).listen(labSocket),
  ];
  channel = new LabChannel(open);
  handler = { power: vi.fn(async () => Promise.resolve(true)) };
});

afterEach(async () => {
  channel[Symbol.dispose]();
  for (const end of ends) end.destroy();
  for (const server of servers) server.close();
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

const stop = async (node = 'worker2'): Promise<LabNodeAnswer> =>
  ask<LabNodeAnswer>({ do: 'node', to: 'stop', node }, labSocket);

/** The relay's response to raw bytes; empty when it closes the connection. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(labSocket);
  ends.push(socket);
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk))).on('error', () => undefined);
  socket.end(bytes);
  return new Promise((resolve) => socket.on('close', () => resolve(text)));
}

describe('a request of lab', () => {
  it('is answered by the handler', async () => {
    channel.serve(handler);
    expect(await stop()).toEqual({ changed: true });
    expect(handler.power).toHaveBeenCalledWith('worker2', 'stop', expect.any(AbortSignal));
    handler.check = async (step = 'first') => Promise.resolve({ step, checks: [] });
    const answer = await ask<LabCheckAnswer>({ do: 'check' }, labSocket);
    expect(answer).toEqual({ step: 'first', checks: [] });
  });

  it('waits for a server that connects or reconnects', async () => {
    const answer = stop();
    channel.serve(handler);
    expect(await answer).toEqual({ changed: true });
    for (const end of ends.splice(0)) end.destroy();
    expect(await stop()).toEqual({ changed: true });
  });

  it('is refused with a text, but never the text of an internal error', async () => {
    channel.serve(handler);
    handler.power = async () => Promise.reject(new LabError('LAB_NODE_UNKNOWN', 'No node x.'));
    await expect(stop('x')).rejects.toThrow('This cluster has no such node. No node x.\nList');
    await expect(ask({ do: 'check' }, labSocket)).rejects.toThrow(Refusal);
    handler.power = async () => Promise.reject(new Error('secret'));
    await expect(stop('x')).rejects.not.toThrow('secret');
  });

  it('fails in time without a server', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = stop();
    const refused = expect(answer).rejects.toThrow('The server does not answer');
    await vi.waitUntil(() => vi.getTimerCount() > 0 && ends.length === 0);
    await new Promise((resolve) => setImmediate(resolve));
    for (let s = 0; s < 20; s++) {
      vi.advanceTimersByTime(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await refused;
  });

  it('may be malformed', async () => {
    channel.serve(handler);
    expect(await sendRaw('x'.repeat(3_000))).toBe('');
    for (const line of ['{', '{"do":"rm"}', '{"do":"node","to":"stop","node":"../x"}', '"é']) {
      expect(await sendRaw(`${line}\n`)).toContain('LAB_INPUT_INVALID');
    }
    expect(handler.power).not.toHaveBeenCalled();
    expect(await stop()).toEqual({ changed: true });
  });

  it('is refused when there are too many', async () => {
    channel.serve(handler);
    await stop();
    const many = await Promise.allSettled(Array.from({ length: 40 }, async () => stop()));
    const refusals = many.filter(({ status }) => status === 'rejected');
    expect(refusals.length).toBeGreaterThan(8);
    expect(String((refusals[0] as PromiseRejectedResult).reason)).toContain('Too many requests');
  });
});
