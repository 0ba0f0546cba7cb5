/** A piece of the output of a command without a terminal. */
export interface Piece {
  isStderr: boolean;
  bytes: Buffer;
}

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Separates stdout and stderr, which the engine interleaves for a command without a terminal. Each
 * piece follows eight bytes: its stream, three zeros and its size. Chunks may be cut anywhere; at
 * most one unfinished piece is buffered.
 */
export class Multiplexed {
  #pending: Buffer = Buffer.alloc(0);

  /** Returns the pieces that `chunk` completes, in order. */
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
