import type { Engine } from '../engine/engine.ts';
import type { TerminalConnection } from '../provider.ts';
import { FrameReader, packFrame } from './framing.ts';

/** Where the supervisor listens, inside the container; only root can open it. */
export const SUPERVISOR_SOCKET = '/run/kindlab/supervisor.sock';

/** A relay without a terminal of its own: when the connection drops it sees the end of its input and goes, and the shell lives on. */
const RELAY = ['socat', '-b', '65536', '-', `UNIX-CONNECT:${SUPERVISOR_SOCKET}`];

/** Connects to the supervisor in a workstation's container. The caller disposes the connection. */
export async function openTerminal(
  engine: Engine,
  containerId: string,
  terminal: number,
  signal: AbortSignal,
): Promise<TerminalConnection> {
  const stream = await engine.execStream(containerId, RELAY, { user: 'root', signal });
  const reader = new FrameReader();
  let isDisposed = false;
  const connection: TerminalConnection = {
    onFrame: () => undefined,
    onClose: () => undefined,
    send: (frame) => {
      if (!isDisposed) stream.stdin.write(packFrame(frame));
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
  stream.stdin.on('error', close);
  stream.stdout.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) connection.onFrame(frame);
    } catch (error) {
      close(error as Error);
    }
  });
  stream.stdout.on('end', () => {
    close();
  });
  connection.send(JSON.stringify({ type: 'open', terminal }));
  return connection;
}
