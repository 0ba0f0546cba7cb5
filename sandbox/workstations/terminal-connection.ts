import type { ExecStream, NodeHandle } from '../node-handle.ts';
import type { TerminalConnection } from '../provider.ts';
import { FrameReader, packFrame } from './framing.ts';
import { SUPERVISOR_SOCKET } from './sockets.ts';

/** The backlog of a workstation that reads nothing. A viewer's burst of input must fit. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const STDERR_CHARS = 500;

/**
 * Connects to the supervisor of terminals in a workstation. The caller disposes the connection.
 * `signal` covers only the opening: a later abort changes nothing.
 */
export async function openTerminal(
  workstation: NodeHandle,
  terminal: number,
  signal: AbortSignal,
): Promise<TerminalConnection> {
  const connection = await openConnection(workstation, SUPERVISOR_SOCKET, signal);
  connection.send(JSON.stringify({ type: 'open', terminal }));
  return connection;
}

/** Connects to a socket in a workstation, as {@link openTerminal} does. */
export async function openConnection(
  workstation: NodeHandle,
  socket: string,
  signal: AbortSignal,
): Promise<TerminalConnection> {
  const stream = await openRelay(workstation, socket, signal);
  const reader = new FrameReader();
  let isDisposed = false;
  const connection: TerminalConnection = {
    onFrame: () => undefined,
    onClose: () => undefined,
    send: (frame) => {
      if (isDisposed) return;
      stream.stdin.write(packFrame(frame));
      if (stream.stdin.writableLength > MAX_UNSENT_BYTES) {
        close(new Error('The workstation reads no input.'));
      }
    },
    pause: () => void stream.stdout.pause(),
    resume: () => void stream.stdout.resume(),
    [Symbol.dispose]: () => {
      isDisposed = true;
      stream[Symbol.dispose]();
    },
  };
  const close = (error?: Error): void => {
    if (isDisposed) return;
    connection[Symbol.dispose]();
    connection.onClose(error);
  };
  let stderr = '';
  stream.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS);
  });
  stream.stdin.on('error', close);
  stream.stdout.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) connection.onFrame(frame);
    } catch (error) {
      close(error as Error);
    }
  });
  stream.stdout.on('end', () => {
    close(stderr === '' ? undefined : new Error(stderr.trim()));
  });
  return connection;
}

async function openRelay(
  workstation: NodeHandle,
  socket: string,
  signal: AbortSignal,
): Promise<ExecStream> {
  signal.throwIfAborted();
  const opening = new AbortController();
  const abort = (): void => {
    opening.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    // It has no terminal: when the connection drops, its input ends and it exits. The shell lives
    // on.
    const relay = ['socat', '-b', '65536', '-', `UNIX-CONNECT:${socket}`];
    return await workstation.stream(relay, { user: 'root', signal: opening.signal });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
