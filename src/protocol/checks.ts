import { z } from 'zod';

/** A Kubernetes event that explains a failure. */
export const explainingEventSchema = z.object({
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  object: z.string(),
  count: z.int().nonnegative(),
});

/** What a check expected, what it saw instead, and the events that explain the difference. */
export const evidenceSchema = z.object({
  /** The CEL expression. */
  expected: z.string(),
  /**
   * What the parts of the expression that are not true read: `path = value` a line, after the object's name where there are several; or
   * that there is no such object. Then what the cluster says of pods that do not run.
   */
  seen: z.array(z.string()),
  events: z.array(explainingEventSchema),
});

export type Evidence = z.infer<typeof evidenceSchema>;

/**
 * The answer of a check. `error` means that the check itself broke: nobody may read it as "wrong".
 * `pending` means that it has not been asked yet.
 */
export const checkResultSchema = z.object({
  step: z.string(),
  check: z.string(),
  outcome: z.enum(['pending', 'pass', 'fail', 'error']),
  evidence: evidenceSchema.optional(),
  /** Why the outcome is `error`. */
  problem: z.string().optional(),
  /** ISO time of the last change of outcome. */
  since: z.iso.datetime(),
});

export type CheckResult = z.infer<typeof checkResultSchema>;

export const checkResultsSchema = z.object({ checks: z.array(checkResultSchema) });
