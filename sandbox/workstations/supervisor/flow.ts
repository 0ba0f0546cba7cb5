import { HIGH_WATER_BYTES, LOW_WATER_BYTES } from '../../../src/protocol/tty-frames.ts';

/**
 * Decides when a sender must wait for acks: not before {@link HIGH_WATER_BYTES} are unacknowledged, and then until fewer than
 * {@link LOW_WATER_BYTES} are. Offsets are absolute, so an ack lost or repeated changes nothing.
 */
export class FlowControl {
  #sent: number;
  #acked: number;
  #waiting = false;

  constructor(offset: number) {
    this.#sent = offset;
    this.#acked = offset;
  }

  get isWaiting(): boolean {
    return this.#waiting;
  }

  sent(offset: number): void {
    this.#sent = Math.max(this.#sent, offset);
    if (this.#sent - this.#acked >= HIGH_WATER_BYTES) this.#waiting = true;
  }

  /** An ack beyond what was sent is ignored: it cannot be true. */
  acked(offset: number): void {
    if (offset > this.#sent) return;
    this.#acked = Math.max(this.#acked, offset);
    if (this.#sent - this.#acked < LOW_WATER_BYTES) this.#waiting = false;
  }
}
