import { z } from 'zod';
import { labIdSchema } from './lab.ts';

/** What one block of a solution printed, with times. */
export const blockRecordSchema = z.object({
  /** As text. With several commands, each one's line precedes its output. */
  text: z.string(),
  /** As the terminal received it: pairs of output and the seconds since the block started. */
  events: z.array(z.tuple([z.number().nonnegative(), z.string()])),
});

/** `record.json` beside a `lab.yaml`: what the lesson's proof recorded for its page. */
export const lessonRecordSchema = z.object({
  lab: labIdSchema,
  /** A hash of the solution: another solution needs another record. */
  solution: z.string(),
  /** The cluster's version: `v1.36.3`. */
  kubernetes: z.string(),
  date: z.iso.date(),
  /** The duration of the whole proof. */
  minutes: z.number().nonnegative(),
  /** The peak of the session. */
  memoryMib: z.int().nonnegative(),
  /** The size of the screen when it was recorded. */
  columns: z.int().positive(),
  rows: z.int().positive(),
  /** The blocks of each step, in the order of the solution. */
  steps: z.record(z.string(), z.array(blockRecordSchema)),
});

export type LessonRecord = z.infer<typeof lessonRecordSchema>;
