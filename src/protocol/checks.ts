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
  expected: z.string(),
  /**
   * The values that make the expression false, one `path = value` per line, after the object's name
   * if there are several; or that the object does not exist. Then what the cluster reports of pods
   * that do not run.
   */
  seen: z.array(z.string()),
  events: z.array(explainingEventSchema),
});

export type Evidence = z.infer<typeof evidenceSchema>;

/**
 * The result of a check. `error`: the check itself broke, which must never be read as "wrong".
 * `pending`: it has not run yet.
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
