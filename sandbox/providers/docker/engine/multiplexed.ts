/** A piece of what a command without a terminal printed. */
export interface Piece {
  isStderr: boolean;
  bytes: Buffer;
}

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Without a terminal the engine interleaves stdout and stderr, each piece behind eight bytes: its stream, three zeros, and its size. This takes
 * them apart, however the bytes were cut on their way. Holds at most one unfinished piece.
 */
export class Multiplexed {
  #pending: Buffer = Buffer.alloc(0);

  /** The pieces that `chunk` completes, in their order. */
  push(chunk: Buffer): Piece[] {
    const data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const pieces: Piece[] = [];
    let at = 0;
    while (data.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + data.readUInt32BE(at + 4);
      if (data.length < end) break;
      pieces.push({
        isStderr: data[at] === STDERR,
        bytes: data.subarray(at + HEADER_BYTES, end),
      });
      at = end;
    }
    this.#pending = data.subarray(at);
    return pieces;
  }
}
