import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { LabAnswer } from '../../src/protocol/lab-command.ts';
import { LabError } from '../errors.ts';
import type { LabCommandHandler, TerminalConnection } from '../provider.ts';
import { answerLab } from './lab-answers.ts';
import { ANSWER_MS, MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, MAX_REQUESTS } from './lab-limits.ts';

const OPEN_MS = 10_000;
/** The time between two attempts to connect: a frozen workstation refuses immediately. */
const RETRY_MS = 2_000;
/** Requests allowed at once, then per minute. */
const BURST = 30;
const PER_MINUTE = 60;

/**
 * A request as the supervisor relays it: the id is from the supervisor, the text from the learner.
 */
const relayedSchema = z.object({ id: z.int(), request: z.string().max(MAX_REQUEST_BYTES) });

/**
 * The server's end of the command `lab` in a workstation. Keeps a connection to the supervisor and
 * reopens it when it breaks, until disposed.
 */
export class LabChannel implements Disposable {
  readonly #open: (signal: AbortSignal) => Promise<TerminalConnection>;
  readonly #life = new AbortController();
  #answering = 0;
  #tokens = BURST;
  #filledAt = performance.now();

  constructor(open: (signal: AbortSignal) => Promise<TerminalConnection>) {
    this.#open = open;
  }

  /** Starts answering. Never throws. */
  serve(handler: LabCommandHandler): void {
    void this.#keepConnected(handler);
  }

  [Symbol.dispose](): void {
    this.#life.abort(new Error('the workstation has stopped'));
  }

  async #keepConnected(handler: LabCommandHandler): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#connect(handler).catch(() => undefined);
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Resolves when the connection has ended. */
  async #connect(handler: LabCommandHandler): Promise<void> {
    const { signal } = this.#life;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(OPEN_MS)]);
    const ended = Promise.withResolvers<undefined>();
    using connection = await this.#open(limit);
    connection.onClose = () => ended.resolve(undefined);
    connection.onFrame = (frame) => {
      const relayed = relayedSchema.safeParse(parse(frame));
      if (!relayed.success) ended.resolve(undefined);
      else void this.#answer(connection, handler, relayed.data);
    };
    const end = (): void => ended.resolve(undefined);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await ended.promise;
    signal.removeEventListener('abort', end);
  }

  /** Never rejects. */
  async #answer(
    connection: TerminalConnection,
    handler: LabCommandHandler,
    { id, request }: z.infer<typeof relayedSchema>,
  ): Promise<void> {
    let answer = JSON.stringify(await this.#run(handler, request));
    if (Buffer.byteLength(answer) > MAX_ANSWER_BYTES) {
      answer = JSON.stringify(new LabError('LAB_INTERNAL', 'The answer is too large.').toBody());
    }
    connection.send(JSON.stringify({ id, answer }));
  }

  async #run(handler: LabCommandHandler, request: string): Promise<LabAnswer> {
    if (this.#answering >= MAX_REQUESTS || !this.#takeToken()) {
      return new LabError('LAB_LIMIT_RATE', 'lab was called too often.').toBody();
    }
    this.#answering += 1;
    const limit = AbortSignal.any([this.#life.signal, AbortSignal.timeout(ANSWER_MS)]);
    const answer = await answerLab(handler, parse(request), limit);
    this.#answering -= 1;
    return answer;
  }

  #takeToken(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) * PER_MINUTE) / 60_000);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

function parse(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return undefined;
  }
}
