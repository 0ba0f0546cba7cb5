import { z } from 'zod';
import type { CheckResult } from './checks.ts';
import type { ErrorBody } from './errors.ts';
import { stepIdSchema } from './lab.ts';

/**
 * A request of the command `lab` in a workstation: one line of JSON per connection. It comes from
 * the learner, so nothing in it is trusted.
 */
export const labRequestSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('node'),
    to: z.enum(['stop', 'start']),
    node: z.string().regex(/^[a-z0-9-]{1,63}$/),
  }),
  /** Without `step`: the first step that is not complete. */
  z.strictObject({ do: z.literal('check'), step: stepIdSchema.optional() }),
]);

export type LabRequest = z.infer<typeof labRequestSchema>;

/** The checks of a step, run now. `step` is absent when all steps are complete. */
export interface LabCheckAnswer {
  step?: string;
  checks: CheckResult[];
}

/** `changed`: false when the node was already in that state. */
export interface LabNodeAnswer {
  changed: boolean;
}

export type LabAnswer = LabNodeAnswer | LabCheckAnswer | ErrorBody;
