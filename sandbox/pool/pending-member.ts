import type { LabImage } from '../../src/protocol/lab.ts';
import type { Sandbox, StageListener } from '../provider.ts';

/** A sandbox that is being made, and that nobody has taken yet. */
export interface PendingSandbox {
  readonly sessionId: string;
  /** From then on it is the caller's, who disposes it. Call once, in the same turn of the event loop in which it was found. */
  take(): Promise<Sandbox>;
  /** Tells the stages of its start, also those that have passed. */
  follow(listener: StageListener): void;
  /** Undoes the start: the sandbox is then rejected. Harmless when it is there. */
  cancel(reason: unknown): void;
}

export interface PendingMemberOptions {
  sessionId: string;
  workers: number;
  images: readonly LabImage[];
  start: (onStage: StageListener, signal: AbortSignal) => Promise<Sandbox>;
}

/** The member of the pool that is being made. */
export class PendingMember implements PendingSandbox {
  readonly sessionId: string;
  readonly workers: number;
  readonly images: readonly LabImage[];
  readonly sandbox: Promise<Sandbox>;
  #isTaken = false;
  readonly #cancelled = new AbortController();
  readonly #stages: Parameters<StageListener>[] = [];
  #listener: StageListener = () => undefined;

  constructor({ sessionId, workers, images, start }: PendingMemberOptions) {
    this.sessionId = sessionId;
    this.workers = workers;
    this.images = images;
    this.sandbox = start((...stage) => {
      this.#stages.push(stage);
      this.#listener(...stage);
    }, this.#cancelled.signal);
  }

  get isTaken(): boolean {
    return this.#isTaken;
  }

  get isCancelled(): boolean {
    return this.#cancelled.signal.aborted;
  }

  async take(): Promise<Sandbox> {
    this.#isTaken = true;
    return this.sandbox;
  }

  follow(listener: StageListener): void {
    this.#listener = listener;
    for (const stage of this.#stages) listener(...stage);
  }

  cancel(reason: unknown): void {
    this.#cancelled.abort(reason);
  }
}
