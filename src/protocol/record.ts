import { z } from 'zod';
import { labIdSchema } from './lab.ts';

/** What one block of a solution printed, and when. */
export const blockRecordSchema = z.object({
  /** As text: the command lines where there are several, and what each printed. */
  text: z.string(),
  /** As it came to the terminal: pairs of seconds since the block began, and output. */
  events: z.array(z.tuple([z.number().nonnegative(), z.string()])),
});

/** `record.json` beside a `lab.yaml`: what the proof of the lesson saw, for its page to show. */
export const lessonRecordSchema = z.object({
  lab: labIdSchema,
  /** Of the solution: another one needs another record. */
  solution: z.string(),
  /** Of the cluster, as `v1.36.3`. */
  kubernetes: z.string(),
  date: z.iso.date(),
  /** That the whole proof took. */
  minutes: z.number().nonnegative(),
  /** The most that the session used. */
  memoryMib: z.int().nonnegative(),
  /** The screen that the events are meant for. */
  columns: z.int().positive(),
  rows: z.int().positive(),
  /** By step, its blocks in the order of the solution. */
  steps: z.record(z.string(), z.array(blockRecordSchema)),
});

export type LessonRecord = z.infer<typeof lessonRecordSchema>;
