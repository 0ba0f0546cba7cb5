import { z } from 'zod';
import { MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS } from './tty-frames.ts';

export * from './tty-frames.ts';

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
  /** The driver has changed the size: those who watch draw at this size too. */
  z.object({ type: z.literal('size'), cols, rows }),
  /** Something the learner should know, for example that output before a snapshot was too old to keep. */
  z.object({ type: z.literal('notice'), message: z.string() }),
  z.object({ type: z.literal('exit'), exitCode: z.int(), signal: z.int().optional() }),
  z.object({ type: z.literal('pong'), at: z.number() }),
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;
