import type { NodeImage } from '../../src/protocol/lab.ts';
import type { PendingSandbox, Sandbox, StageListener } from '../provider.ts';

export interface PendingMemberOptions {
  sessionId: string;
  workers: number;
  images: readonly NodeImage[];
  start: (onStage: StageListener, signal: AbortSignal) => Promise<Sandbox>;
}

/**
 * A sandbox that starts for the pool. A session that comes in time takes it before it is a member.
 */
export class PendingMember implements PendingSandbox {
  readonly sessionId: string;
  readonly workers: number;
  readonly images: readonly NodeImage[];
  /** The result of the start, for the pool: check {@link isTaken} before using it. */
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
