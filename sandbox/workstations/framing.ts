/**
 * Frames on a byte stream between the server and the supervisor: four bytes with the big-endian
 * length of the rest, one byte with the type, and the frame. WebSockets carry the same frames as
 * they are.
 */
const HEADER_BYTES = 5;
const Type = { text: 0, binary: 1 } as const;

/** A larger frame means that the stream is broken: a snapshot of a whole ring is smaller. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** The first frame of a connection names its terminal. */
export interface OpenMessage {
  type: 'open';
  terminal: number;
}

export type StreamFrame = string | Uint8Array;

export function packFrame(frame: StreamFrame): Buffer {
  const isText = typeof frame === 'string';
  const body = isText ? Buffer.from(frame, 'utf8') : frame;
  const packed = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  packed.writeUInt32BE(body.length + 1);
  packed[4] = isText ? Type.text : Type.binary;
  packed.set(body, HEADER_BYTES);
  return packed;
}

/** Splits a stream, which may arrive in any chunks, into frames. */
export class FrameReader {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  /** The frames that `chunk` completes. Throws `RangeError` when the stream has another format. */
  push(chunk: Buffer): StreamFrame[] {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    const frames: StreamFrame[] = [];
    for (;;) {
      const size = this.#nextSize();
      if (size === undefined || this.#pendingBytes < 4 + size) return frames;
      const data = this.#take(4 + size);
      const type = data[4];
      if (type !== Type.text && type !== Type.binary)
        throw new RangeError(`a frame of type ${type}`);
      const body = data.subarray(HEADER_BYTES);
      frames.push(type === Type.text ? body.toString('utf8') : body);
    }
  }

  #nextSize(): number | undefined {
    if (this.#pendingBytes < HEADER_BYTES) return undefined;
    if ((this.#pending[0]?.length ?? 0) < HEADER_BYTES) {
      this.#pending = [Buffer.concat(this.#pending)];
    }
    const size = this.#pending[0]?.readUInt32BE() ?? 0;
    if (size < 1 || size > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${size} bytes`);
    return size;
  }

  #take(bytes: number): Buffer {
    const joined = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    const data = (joined ?? Buffer.alloc(0)).subarray(0, bytes);
    const rest = (joined ?? Buffer.alloc(0)).subarray(bytes);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#pendingBytes = rest.length;
    return data;
  }
}
