import { z } from 'zod';
import type { CheckResult } from './checks.ts';
import type { ErrorBody } from './errors.ts';
import { stepIdSchema } from './lab.ts';

/** What the command `lab` in a workstation asks of the server: one line of JSON for each connection. Learners write them: nothing in them is trusted. */
export const labRequestSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('node'),
    to: z.enum(['stop', 'start']),
    node: z.string().regex(/^[a-z0-9-]{1,63}$/),
  }),
  /** Without a step: the first that is not complete. */
  z.strictObject({ do: z.literal('check'), step: stepIdSchema.optional() }),
]);

export type LabRequest = z.infer<typeof labRequestSchema>;

/** The checks of a step, asked now; `step` is absent when all steps are complete. */
export interface LabCheckAnswer {
  step?: string;
  checks: CheckResult[];
}

/** Whether the node's plug was in another place before. */
export interface LabNodeAnswer {
  changed: boolean;
}

export type LabAnswer = LabNodeAnswer | LabCheckAnswer | ErrorBody;
