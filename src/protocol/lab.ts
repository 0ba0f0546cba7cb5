import { z } from 'zod';

const identifier = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by "-"');

/** `unit/lesson`, the name of a lab and of its folder under `content/labs`. */
export const labIdSchema = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'a lab is named unit/lesson, in lower case');

/** The id of a step, and its anchor in the page. */
export const stepIdSchema = identifier.max(64);

/** The shape of the cluster that a lab needs. */
export const profileSchema = z.strictObject({
  /** Worker nodes beside the one control plane. */
  workers: z.int().min(0).max(5).default(2),
  addons: z.array(z.string()).default([]),
  /** Our images that must be loaded on every node: `web` is offered there as `kindlab/web:1`. */
  images: z.array(z.enum(['web'])).default(['web']),
});

export type Profile = z.infer<typeof profileSchema>;

/** Which objects a check looks at. With `name` the expression sees `object`, otherwise `objects`. */
export const resourceQuerySchema = z.strictObject({
  apiVersion: z.string().default('v1'),
  kind: z.string(),
  namespace: z.string().default('default'),
  name: z.string().optional(),
  /** Labels that the objects must carry; only without `name`. */
  selector: z.record(z.string(), z.string()).optional(),
});

export type ResourceQuery = z.infer<typeof resourceQuerySchema>;

/** A question about the cluster. */
export const checkSchema = z.strictObject({
  resource: resourceQuerySchema,
  /** A CEL expression that is true when the step is done. An absent object or field means false. */
  expect: z.string().min(1),
  /** What evidence to add when it fails. */
  explain: z.enum(['events', 'none']).default('events'),
});

export type Check = z.infer<typeof checkSchema>;

/** A plausible mistake: the checks named in `fails` must fail on it, with evidence that shows `shows`. */
export const wrongAttemptSchema = z.strictObject({
  /** Shell commands that make the mistake. */
  run: z.string().min(1),
  /** Shell commands that take back what `run` made, so that the step can still be done. */
  undo: z.string().min(1).optional(),
  fails: z.array(identifier).min(1),
  /** A text that the evidence must contain, so that the learner sees the difference. */
  shows: z.string().min(1),
});

/** One step of `lab.yaml`. */
export const labStepSourceSchema = z.strictObject({
  checks: z.record(identifier, checkSchema).default({}),
  wrong: z.array(wrongAttemptSchema).default([]),
  /** Replaces the runnable blocks of the text as the solution. */
  solution: z.string().optional(),
  /** Why a step has no checks; only then. */
  unchecked: z.string().min(1).optional(),
});

/** `content/labs/<unit>/<lesson>/lab.yaml`. */
export const labSourceSchema = z.strictObject({
  profile: profileSchema.prefault({}),
  steps: z.record(stepIdSchema, labStepSourceSchema),
});

export type LabSource = z.infer<typeof labSourceSchema>;

/** `labs/<unit>/<lesson>.json` in the built site: all that the server knows of a lesson. */
export const labSchema = z.object({
  id: labIdSchema,
  profile: profileSchema,
  steps: z.array(
    z.object({
      id: stepIdSchema,
      checks: z.record(identifier, checkSchema),
      wrong: z.array(wrongAttemptSchema),
      /** Shell text that, run in order in the workstation, makes the step's checks pass. */
      solution: z.array(z.string()),
    }),
  ),
});

export type Lab = z.infer<typeof labSchema>;
