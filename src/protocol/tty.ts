import { z } from 'zod';
import { MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS } from './tty-frames.ts';

export * from './tty-frames.ts';

const offset = z.int().nonnegative();
const cols = z.int().min(MIN_COLS).max(MAX_COLS);
const rows = z.int().min(MIN_ROWS).max(MAX_ROWS);

/** Control messages from the browser. `attach` comes first, and once. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('attach'),
    cols,
    rows,
    /** The next byte that the client wants: 0 for everything. */
    lastOffset: offset,
    /** The epoch of `lastOffset`. In another epoch, output starts at 0. */
    epoch: z.string().max(64).optional(),
  }),
  z.strictObject({ type: z.literal('resize'), cols, rows }),
  /** The client has drawn all bytes before `offset`. */
  z.strictObject({ type: z.literal('ack'), offset }),
  /** Requests to drive (set the size, pace the output) or to observe. */
  z.strictObject({ type: z.literal('role'), role: z.enum(['driver', 'observer']) }),
  /** `at` is the client's clock in ms, which the answer returns. */
  z.strictObject({ type: z.literal('ping'), at: z.number() }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** Control messages from the server. `hello` comes first, and once. */
export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    /** Changes when the terminal gets a new shell. */
    epoch: z.string(),
    /**
     * The end of the output so far. What comes before is replay: its queries must not be answered.
     */
    end: offset,
    cols,
    rows,
  }),
  z.object({ type: z.literal('role'), role: z.enum(['driver', 'observer']) }),
  /** The driver has changed the size. Observers draw at this size too. */
  z.object({ type: z.literal('size'), cols, rows }),
  /** A message for the learner, for example that output before a snapshot is lost. */
  z.object({ type: z.literal('notice'), message: z.string() }),
  z.object({ type: z.literal('exit'), exitCode: z.int(), signal: z.int().optional() }),
  z.object({ type: z.literal('pong'), at: z.number() }),
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;
