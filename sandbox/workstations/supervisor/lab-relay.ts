import type { Socket } from 'node:net';
import type { ErrorBody } from '../../../src/protocol/errors.ts';
import { FrameReader, packFrame, type StreamFrame } from '../framing.ts';
import { ANSWER_MS, MAX_REQUEST_BYTES } from '../lab-limits.ts';

const LINE_MS = 5_000;
/** Longer than a server needs to come again after a broken connection. */
const SERVER_MS = 7_000;

interface Asking {
  socket: Socket;
  request: string;
  isSent: boolean;
  timer: NodeJS.Timeout;
}

/**
 * Carries the learner's requests to the server and its answers back, unread. The server comes by a connection of its own, because from here no way leads to it; the last
 * that came is the one that counts. Whoever asks gets an answer within a minute, whatever becomes of the server.
 */
export class LabRelay {
  readonly #asking = new Map<number, Asking>();
  #server: Socket | undefined;
  #lastId = 0;

  /** Takes the connection of a server, and gives it what waits. */
  serve(socket: Socket): void {
    this.#server?.destroy();
    this.#server = socket;
    const reader = new FrameReader();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#server === socket) this.#server = undefined;
    });
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) this.#answer(frame);
      } catch {
        socket.destroy();
      }
    });
    for (const [id, asking] of this.#asking) this.#send(id, asking);
  }

  /** Takes the connection of a learner's program: a line of JSON, to which a line of JSON is the answer. */
  ask(socket: Socket): void {
    let text = '';
    const timer = setTimeout(() => socket.destroy(), LINE_MS);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearTimeout(timer));
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += String(chunk);
      const end = text.indexOf('\n');
      if (Buffer.byteLength(text) > MAX_REQUEST_BYTES) {
        socket.destroy();
      } else if (end !== -1) {
        clearTimeout(timer);
        socket.removeAllListeners('data').pause();
        this.#take(socket, text.slice(0, end));
      }
    });
  }

  #take(socket: Socket, request: string): void {
    const id = ++this.#lastId;
    const timer = setTimeout(() => this.#refuse(id), SERVER_MS);
    const asking: Asking = { socket, request, isSent: false, timer };
    this.#asking.set(id, asking);
    socket.on('close', () => {
      clearTimeout(asking.timer);
      this.#asking.delete(id);
    });
    // Whoever goes away is noticed only by reading.
    socket.resume();
    this.#send(id, asking);
  }

  #send(id: number, asking: Asking): void {
    if (this.#server === undefined || asking.isSent) return;
    asking.isSent = true;
    clearTimeout(asking.timer);
    asking.timer = setTimeout(() => this.#refuse(id), ANSWER_MS);
    this.#server.write(packFrame(JSON.stringify({ id, request: asking.request })));
  }

  /** The server's frames are `{ id, answer }`, where `answer` is text. */
  #answer(frame: StreamFrame): void {
    const { id, answer } = JSON.parse(String(frame)) as { id: number; answer: string };
    const asking = this.#asking.get(id);
    if (asking === undefined) return;
    this.#asking.delete(id);
    clearTimeout(asking.timer);
    asking.socket.end(`${answer}\n`);
  }

  #refuse(id: number): void {
    const silent: ErrorBody = {
      error: {
        code: 'LAB_SERVER_SILENT',
        title: 'The server does not answer',
        message: 'No answer came in time.',
        hint: 'Try again in a moment. If that does not help, reload the lesson.',
      },
    };
    this.#answer(JSON.stringify({ id, answer: JSON.stringify(silent) }));
  }
}
