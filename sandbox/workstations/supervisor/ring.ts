/**
 * The last bytes that a terminal printed, by absolute offset. Holds at most `capacity` bytes and
 * passes older ones to `onEvict` before it drops them.
 */
export class Ring {
  readonly #buffer: Buffer;
  readonly #onEvict: (bytes: Buffer) => void;
  #end = 0;
  #length = 0;

  constructor(capacity: number, onEvict: (bytes: Buffer) => void = () => undefined) {
    this.#buffer = Buffer.alloc(capacity);
    this.#onEvict = onEvict;
  }

  /** The offset of the oldest byte held. */
  get start(): number {
    return this.#end - this.#length;
  }

  /** The offset after the newest byte. */
  get end(): number {
    return this.#end;
  }

  append(bytes: Buffer): void {
    const capacity = this.#buffer.length;
    if (bytes.length > capacity) {
      for (let at = 0; at < bytes.length; at += capacity) {
        this.append(bytes.subarray(at, at + capacity));
      }
      return;
    }
    const excess = this.#length + bytes.length - capacity;
    if (excess > 0) {
      this.#onEvict(this.read(this.start, this.start + excess));
      this.#length -= excess;
    }
    const at = this.#end % capacity;
    const copied = bytes.copy(this.#buffer, at);
    bytes.copy(this.#buffer, 0, copied);
    this.#end += bytes.length;
    this.#length += bytes.length;
  }

  /** A copy of the bytes from `from` to `to`, which must be held: `start <= from <= to <= end`. */
  read(from: number, to: number): Buffer {
    if (from < this.start || from > to || to > this.#end) {
      throw new RangeError(
        `bytes ${from} to ${to} are not held, only ${this.start} to ${this.#end}`,
      );
    }
    const capacity = this.#buffer.length;
    const result = Buffer.allocUnsafe(to - from);
    const at = from % capacity;
    const copied = this.#buffer.copy(result, 0, at, Math.min(at + result.length, capacity));
    this.#buffer.copy(result, copied, 0, result.length - copied);
    return result;
  }
}
