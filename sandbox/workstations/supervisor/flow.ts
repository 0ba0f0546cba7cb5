import { HIGH_WATER_BYTES, LOW_WATER_BYTES } from '../../../src/protocol/tty-frames.ts';

/**
 * Limits how far one viewer may fall behind. Sending stops {@link HIGH_WATER_BYTES} after the last
 * ack. The terminal waits when that much output is unacknowledged, sent or not, until less than
 * {@link LOW_WATER_BYTES} is. Offsets are absolute, so a lost or repeated ack changes nothing.
 */
export class FlowControl {
  #acked: number;
  #printed: number;
  #isFull = false;

  /** For a viewer that has everything before `offset`. */
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

  /** Records that the terminal's output now ends at `end`. */
  printed(end: number): void {
    this.#printed = end;
    if (end - this.#acked >= HIGH_WATER_BYTES) this.#isFull = true;
  }

  /** Returns whether the ack was news. An ack for output that does not exist yet is ignored. */
  acked(offset: number): boolean {
    if (offset > this.#printed || offset <= this.#acked) return false;
    this.#acked = offset;
    if (this.#printed - offset < LOW_WATER_BYTES) this.#isFull = false;
    return true;
  }
}
