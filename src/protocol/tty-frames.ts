/**
 * The part of `kindlab.tty.v1` without schemas: limits and binary frames. Imports nothing, so that
 * it runs anywhere.
 */

/**
 * `kindlab.tty.v1`: one WebSocket shows one terminal of a session.
 *
 * Text frames are control messages, JSON of at most {@link MAX_CONTROL_BYTES}. A binary frame from
 * the client is raw input of at most {@link MAX_INPUT_BYTES}. A binary frame from the server is one
 * byte of {@link FrameKind}, eight bytes big-endian offset of its first byte, then bytes. Offsets
 * count the bytes that the terminal has printed since its shell began, so acks are idempotent and a
 * resumed stream continues at the very byte.
 *
 * Sequence numbers and the ring behind them are sshx's idea; acks with water marks are VS Code's.
 */
export const SUBPROTOCOL = 'kindlab.tty.v1';

export const MAX_CONTROL_BYTES = 4 * 1024;
export const MAX_INPUT_BYTES = 16 * 1024;

/** What a terminal keeps for reconnecting viewers: within it, resuming is exact. */
export const RING_BYTES = 2 * 1024 * 1024;

/** Unacknowledged bytes at which the terminal pauses and at which it resumes. */
export const HIGH_WATER_BYTES = 512 * 1024;
export const LOW_WATER_BYTES = 128 * 1024;
/**
 * A client acknowledges at least this often. Must not exceed the low-water mark, or nothing
 * resumes.
 */
export const ACK_EVERY_BYTES = 64 * 1024;

export const MIN_COLS = 20;
export const MAX_COLS = 500;
export const MIN_ROWS = 5;
export const MAX_ROWS = 200;

/** Kinds of binary frames from the server. A snapshot replaces everything drawn so far. */
export const FrameKind = { output: 0, snapshot: 1 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export const FRAME_HEADER_BYTES = 9;

export interface Frame {
  kind: FrameKind;
  /** Output: the offset of its first byte. Snapshot: the offset at which output continues. */
  offset: number;
  bytes: Uint8Array;
}

/** Puts the header before the bytes. */
export function encodeFrame({ kind, offset, bytes }: Frame): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + bytes.length);
  frame[0] = kind;
  new DataView(frame.buffer).setBigUint64(1, BigInt(offset));
  frame.set(bytes, FRAME_HEADER_BYTES);
  return frame;
}

/**
 * The inverse of {@link encodeFrame}. Shares its bytes with the argument. Throws `RangeError` for a
 * malformed frame.
 */
export function decodeFrame(frame: Uint8Array): Frame {
  const kind = frame[0];
  if (
    frame.length < FRAME_HEADER_BYTES ||
    (kind !== FrameKind.output && kind !== FrameKind.snapshot)
  ) {
    throw new RangeError('not a kindlab.tty.v1 frame');
  }
  const header = new DataView(frame.buffer, frame.byteOffset, FRAME_HEADER_BYTES);
  return {
    kind,
    offset: Number(header.getBigUint64(1)),
    bytes: frame.subarray(FRAME_HEADER_BYTES),
  };
}

/** Why the server closed the socket. A client retries only after {@link RETRYABLE_CLOSE_CODES}. */
export const CloseCode = {
  badFrame: 4400,
  forbidden: 4003,
  noSession: 4404,
  tooMany: 4429,
  ended: 4410,
  restart: 1012,
  network: 1006,
} as const;

export const RETRYABLE_CLOSE_CODES: readonly number[] = [CloseCode.restart, CloseCode.network];
