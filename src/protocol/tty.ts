import { z } from 'zod';

/**
 * `kindlab.tty.v1`: one WebSocket shows one terminal of a session.
 *
 * Text frames are control messages, JSON of at most {@link MAX_CONTROL_BYTES}. A binary frame from the client is raw
 * input of at most {@link MAX_INPUT_BYTES}. A binary frame from the server is one byte of {@link FrameKind}, eight bytes
 * big-endian offset of its first byte, then bytes. Offsets count the bytes that the terminal has printed since its
 * shell began, so acks are idempotent and a resumed stream continues at the very byte.
 *
 * Sequence numbers and the ring behind them are sshx's idea; acks with water marks are VS Code's.
 */
export const SUBPROTOCOL = 'kindlab.tty.v1';

export const MAX_CONTROL_BYTES = 4 * 1024;
export const MAX_INPUT_BYTES = 16 * 1024;

/** What the terminal keeps for those who come back: inside it, resuming is exact. */
export const RING_BYTES = 2 * 1024 * 1024;

/** Unacknowledged bytes at which the terminal is paused, and at which it goes on. */
export const HIGH_WATER_BYTES = 512 * 1024;
export const LOW_WATER_BYTES = 128 * 1024;
/** A client acknowledges at least this often. Must not exceed the low-water mark, or nothing ever resumes. */
export const ACK_EVERY_BYTES = 64 * 1024;

export const MIN_COLS = 20;
export const MAX_COLS = 500;
export const MIN_ROWS = 5;
export const MAX_ROWS = 200;

const offset = z.int().nonnegative();
const cols = z.int().min(MIN_COLS).max(MAX_COLS);
const rows = z.int().min(MIN_ROWS).max(MAX_ROWS);

/** Control messages from the browser. `attach` comes first and once. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('attach'),
    cols,
    rows,
    /** The next byte the client wants: 0 for everything. */
    lastOffset: offset,
    /** The epoch that `lastOffset` belongs to; a different one begins again at 0. */
    epoch: z.string().max(64).optional(),
  }),
  z.strictObject({ type: z.literal('resize'), cols, rows }),
  /** All bytes before `offset` have been drawn. */
  z.strictObject({ type: z.literal('ack'), offset }),
  /** Asks to drive (set the size, pace the output) or to watch. */
  z.strictObject({ type: z.literal('role'), role: z.enum(['driver', 'observer']) }),
  /** `at` is the client's clock in ms; the answer carries it back. */
  z.strictObject({ type: z.literal('ping'), at: z.number() }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** Control messages from the server. `hello` comes first and once. */
export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    /** Changes when a new shell stands behind the number. */
    epoch: z.string(),
    /** Where the terminal's output ends now: what comes before is replay, and its queries are not to be answered. */
    end: offset,
    cols,
    rows,
  }),
  z.object({ type: z.literal('role'), role: z.enum(['driver', 'observer']) }),
  /** Something the learner should know, for example that output before a snapshot was too old to keep. */
  z.object({ type: z.literal('notice'), message: z.string() }),
  z.object({ type: z.literal('exit'), exitCode: z.int(), signal: z.int().optional() }),
  z.object({ type: z.literal('pong'), at: z.number() }),
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** Why the server closed the socket. A client tries again only after the codes in {@link RETRYABLE_CLOSE_CODES}. */
export const CloseCode = {
  badFrame: 4400,
  forbidden: 4003,
  noSession: 4404,
  slow: 4408,
  ended: 4410,
  restart: 1012,
  network: 1006,
} as const;

export const RETRYABLE_CLOSE_CODES: readonly number[] = [
  CloseCode.slow,
  CloseCode.restart,
  CloseCode.network,
];

/** Kinds of binary frames from the server. A snapshot replaces what the client has drawn. */
export const FrameKind = { output: 0, snapshot: 1 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export const FRAME_HEADER_BYTES = 9;

export interface Frame {
  kind: FrameKind;
  /** Of output: the offset of its first byte. Of a snapshot: the offset at which output continues. */
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

/** The inverse of {@link encodeFrame}; shares the bytes with its argument. Throws `RangeError` on a malformed frame. */
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
