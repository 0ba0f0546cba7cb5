import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeHandle, StreamOptions } from '../node-handle.ts';
import type { TerminalConnection } from '../provider.ts';
import { FrameReader, packFrame } from './framing.ts';
import { openTerminal } from './terminal-connection.ts';

/** A workstation whose only relay the test controls. */
class FakeRelay {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  isDisposed = false;
  signal: AbortSignal | undefined;

  get workstation(): NodeHandle {
    const stream = async (_argv: string[], { signal }: StreamOptions) => {
      this.signal = signal;
      return Promise.resolve({
        stdin: this.stdin,
        stdout: this.stdout,
        stderr: this.stderr,
        [Symbol.dispose]: () => (this.isDisposed = true),
      });
    };
    return { stream } as unknown as NodeHandle;
  }
}

let relay: FakeRelay;
let connection: TerminalConnection;
let frames: (string | Uint8Array)[];
let ends: (Error | undefined)[];
let opening: AbortController;

beforeEach(async () => {
  relay = new FakeRelay();
  opening = new AbortController();
  frames = [];
  ends = [];
  connection = await openTerminal(relay.workstation, 3, opening.signal);
  connection.onFrame = (frame) => frames.push(frame);
  connection.onClose = (error) => ends.push(error);
});

const sent = () => new FrameReader().push((relay.stdin.read() as Buffer | null) ?? Buffer.alloc(0));

describe('a connection to a terminal', () => {
  it('names its terminal first, then sends what it gets', () => {
    connection.send('{"type":"attach"}');
    connection.send(Buffer.from([1, 2]));
    expect(sent()).toEqual([
      '{"type":"open","terminal":3}',
      '{"type":"attach"}',
      Buffer.from([1, 2]),
    ]);
  });

  it('delivers frames that arrive in pieces', async () => {
    const bytes = Buffer.concat([packFrame('hello'), packFrame(Buffer.from([7, 8]))]);
    for (const byte of bytes) relay.stdout.write(Buffer.from([byte]));
    await turn();
    expect(frames).toEqual(['hello', Buffer.from([7, 8])]);
  });

  it('delivers nothing while paused', async () => {
    connection.pause();
    relay.stdout.write(packFrame('hello'));
    await turn();
    expect(frames).toEqual([]);
    connection.resume();
    await turn();
    expect(frames).toEqual(['hello']);
  });

  it('does not depend on the signal of its opening', () => {
    opening.abort();
    expect(relay.signal?.aborted).toBe(false);
    expect(relay.isDisposed).toBe(false);
  });

  it('does not open with an aborted signal', async () => {
    const refused = openTerminal(relay.workstation, 0, AbortSignal.abort(new Error('enough')));
    await expect(refused).rejects.toThrow('enough');
  });

  it('ends once, with the relay’s message, when the container stops', async () => {
    relay.stderr.write('socat: connection refused\n');
    await turn();
    relay.stdout.end();
    await turn();
    relay.stdin.emit('error', new Error('EPIPE'));
    await turn();
    expect(ends).toEqual([new Error('socat: connection refused')]);
    expect(relay.isDisposed).toBe(true);
  });

  it('ends with an error when the stream has another format', async () => {
    relay.stdout.write('OCI runtime exec failed');
    await turn();
    expect(ends).toEqual([expect.any(RangeError)]);
  });

  it('reports nothing and sends nothing after it is disposed', async () => {
    sent();
    connection[Symbol.dispose]();
    relay.stdout.end();
    connection.send('late');
    await turn();
    expect(ends).toEqual([]);
    expect(relay.stdin.read()).toBeNull();
  });

  it('ends when the workstation reads no input, before its backlog fills the memory', () => {
    const burst = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 20 && ends.length === 0; i++) connection.send(burst);
    expect(ends).toEqual([new Error('The workstation reads no input.')]);
    expect(relay.stdin.writableLength).toBeLessThan(6 * 1024 * 1024);
  });
});
