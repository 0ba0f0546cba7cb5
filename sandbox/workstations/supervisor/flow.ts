import { HIGH_WATER_BYTES, LOW_WATER_BYTES } from '../../../src/protocol/tty-frames.ts';

/**
 * How far one viewer may be behind. Sending stops {@link HIGH_WATER_BYTES} beyond what it has acknowledged. The terminal is to wait when so much has
 * been printed and not acknowledged, sent or not, and then until it is less than {@link LOW_WATER_BYTES}. Offsets are absolute, so an
 * ack lost or repeated changes nothing.
 */
export class FlowControl {
  #acked: number;
  #printed: number;
  #isFull = false;

  /** Begins with a viewer that has everything before `offset`. */
  constructor(offset: number) {
    this.#acked = offset;
    this.#printed = offset;
  }

  /** Whether the terminal should wait for this viewer. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The offset up to which bytes may be sent now. */
  get limit(): number {
    return this.#acked + HIGH_WATER_BYTES;
  }

  /** The terminal's output ends at `end` now. */
  printed(end: number): void {
    this.#printed = end;
    if (end - this.#acked >= HIGH_WATER_BYTES) this.#isFull = true;
  }

  /** Returns whether the ack told something new. One beyond what was printed cannot be true and is ignored. */
  acked(offset: number): boolean {
    if (offset > this.#printed || offset <= this.#acked) return false;
    this.#acked = offset;
    if (this.#printed - offset < LOW_WATER_BYTES) this.#isFull = false;
    return true;
  }
}
