import type { Socket } from 'node:net';
import { LabError } from '../../errors.ts';
import { FrameReader, packFrame, type StreamFrame } from '../framing.ts';
import { ANSWER_MS, MAX_REQUEST_BYTES } from '../lab-limits.ts';

const LINE_MS = 5_000;
/** Longer than a server needs to reconnect. */
const SERVER_MS = 7_000;

/** A request that waits for its answer. */
interface PendingRequest {
  socket: Socket;
  request: string;
  isSent: boolean;
  timer: NodeJS.Timeout;
}

/**
 * Carries the learner's requests to the server and its answers back, without reading them. The
 * server connects to the relay, because the workstation has no route to it; a new connection
 * replaces the previous one. Every request gets an answer within a minute, even without a server.
 */
export class LabRelay {
  readonly #pending = new Map<number, PendingRequest>();
  #server: Socket | undefined;
  #lastId = 0;

  /** Accepts the connection of a server, and sends it the requests that wait. */
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
    for (const [id, pending] of this.#pending) this.#send(id, pending);
  }

  /** Accepts the connection of a learner's program: one line of JSON, answered with one line. */
  accept(socket: Socket): void {
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
        this.#receive(socket, text.slice(0, end));
      }
    });
  }

  #receive(socket: Socket, request: string): void {
    const id = ++this.#lastId;
    const timer = setTimeout(() => this.#refuse(id), SERVER_MS);
    const pending: PendingRequest = { socket, request, isSent: false, timer };
    this.#pending.set(id, pending);
    socket.on('close', () => {
      clearTimeout(pending.timer);
      this.#pending.delete(id);
    });
    // A closed connection is noticed only by reading.
    socket.resume();
    this.#send(id, pending);
  }

  #send(id: number, pending: PendingRequest): void {
    if (this.#server === undefined || pending.isSent) return;
    pending.isSent = true;
    clearTimeout(pending.timer);
    pending.timer = setTimeout(() => this.#refuse(id), ANSWER_MS);
    this.#server.write(packFrame(JSON.stringify({ id, request: pending.request })));
  }

  /** A frame of the server is `{ id, answer }`, where `answer` is text. */
  #answer(frame: StreamFrame): void {
    const { id, answer } = JSON.parse(String(frame)) as { id: number; answer: string };
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.socket.end(`${answer}\n`);
  }

  #refuse(id: number): void {
    const silent = new LabError('LAB_SERVER_SILENT', 'No answer came in time.').toBody();
    this.#answer(JSON.stringify({ id, answer: JSON.stringify(silent) }));
  }
}
