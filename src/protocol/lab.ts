import { z } from 'zod';

const identifier = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by "-"');

/** `unit/lesson`: the name of a lab, and of its folder in `content/labs`. */
export const labIdSchema = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'a lab is named unit/lesson, in lower case');

/** The id of a step, and its anchor in the page. */
export const stepIdSchema = identifier.max(64);

/**
 * What a cluster can have beyond the usual: figures of CPU and memory for `kubectl top` and
 * autoscalers; addresses for Services of type LoadBalancer; the Gateway API, whose gateways are
 * such Services; volumes for PersistentVolumeClaims.
 */
export const addonSchema = z.enum(['metrics-server', 'load-balancer', 'gateway', 'storage']);

export type Addon = z.infer<typeof addonSchema>;

/** Our own images. Every node has each as `kindlab/NAME:1`. */
export const labImageSchema = z.enum(['web', 'data', 'spark']);

/** Images that a sandbox may or may not have on its nodes: our own, and those of the add-ons. */
export const nodeImageSchema = z.enum([
  ...labImageSchema.options,
  'metrics-server',
  'contour',
  'envoy',
  'local-path-provisioner',
]);

export type NodeImage = z.infer<typeof nodeImageSchema>;

const addonImages: Record<Addon, readonly NodeImage[]> = {
  'metrics-server': ['metrics-server'],
  'load-balancer': [],
  gateway: ['contour', 'envoy'],
  storage: ['local-path-provisioner'],
};

/**
 * The images that the nodes of a lab's cluster need. Every lab that uses more than `web` gets
 * storage: what works on data keeps it in volumes.
 */
export function imagesFor({ images, addons }: Pick<Profile, 'images' | 'addons'>): NodeImage[] {
  const implied: Addon[] = images.some((image) => image !== 'web') ? ['storage'] : [];
  const needed = [...images, ...[...addons, ...implied].flatMap((addon) => addonImages[addon])];
  return [...new Set(needed)];
}

/** The images of `needed` that are not in `present`. */
export function missingImages(
  needed: readonly NodeImage[],
  present: readonly NodeImage[],
): NodeImage[] {
  return needed.filter((image) => !present.includes(image));
}

/** The memory of a session that runs only small things. */
export const usualMemoryMib = 600;

/** The shape of the cluster that a lab needs. */
export const profileSchema = z.strictObject({
  workers: z.int().min(0).max(5).default(2).describe('Worker nodes beside the one control plane.'),
  addons: z
    .array(addonSchema)
    .default([])
    .describe(
      'Optional parts: metrics for autoscalers, load-balancer addresses, the Gateway API (needs those addresses), volumes (implied by images other than `web`).',
    ),
  images: z
    .array(labImageSchema)
    .default(['web'])
    .describe('Our images on every node: `web` is available as `kindlab/web:1`.'),
  memoryMib: z
    .int()
    .min(usualMemoryMib)
    .max(6144)
    .default(usualMemoryMib)
    .describe('Peak memory of a session in MiB, including the cluster, as measured by the proof.'),
});

export type Profile = z.infer<typeof profileSchema>;

const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and "-"');

const labels = z.record(z.string(), z.string());

/** The id of a preview, by which the text refers to it. */
export const previewIdSchema = identifier.max(64);

/** A web page that pods of the lab serve, shown beside the terminal. */
export const previewSchema = z.strictObject({
  namespace: dnsLabel.default('default').describe('Where it is served.'),
  service: dnsLabel.optional().describe('The Service that leads to it.'),
  selector: labels
    .optional()
    .describe('Instead of `service`: the labels of the pods that serve it.'),
  port: z.int().min(1).max(65535).describe('The port of the Service; with `selector`, of the pod.'),
  path: z
    .string()
    .max(500)
    .regex(/^\/(?![/\\])[\w./?&=%~:@!$*+,;#-]*$/, 'a path that starts with one "/"')
    .default('/')
    .describe('Where it opens: `/docs`.'),
});

export type Preview = z.infer<typeof previewSchema>;

/**
 * Which objects a check looks at. With `name` the expression sees `object`, otherwise `objects`.
 */
export const resourceQuerySchema = z.strictObject({
  apiVersion: z.string().default('v1').describe('As in a manifest: `apps/v1`.'),
  kind: z.string().describe('As in a manifest: `Pod`.'),
  namespace: z.string().default('default').describe('Where to look; ignored for what has none.'),
  name: z
    .string()
    .optional()
    .describe('The one object: the expression sees `object`. Without it, `objects`.'),
  selector: labels.optional().describe('Labels that the objects must carry; only without `name`.'),
});

export type ResourceQuery = z.infer<typeof resourceQuerySchema>;

/** A question about the cluster. */
export const checkSchema = z.strictObject({
  resource: resourceQuerySchema.describe('What the check looks at.'),
  expect: z
    .string()
    .min(1)
    .describe('A CEL expression, true when the step is done. What is absent makes it false.'),
  explain: z
    .enum(['events', 'none'])
    .default('events')
    .describe('Evidence beside what was seen: the events of the objects and their pods.'),
});

export type Check = z.infer<typeof checkSchema>;

/**
 * A plausible mistake: the checks named in `fails` must fail on it, with evidence that shows
 * `shows`.
 */
export const wrongAttemptSchema = z.strictObject({
  run: z.string().min(1).describe('Shell commands that make the mistake.'),
  undo: z.string().min(1).optional().describe('Shell commands that undo the mistake.'),
  fails: z.array(identifier).min(1).describe('The checks that must fail on it.'),
  shows: z
    .string()
    .min(1)
    .describe('A text that the evidence must contain, so that the learner sees the difference.'),
});

/** One step of `lab.yaml`. */
export const labStepSourceSchema = z.strictObject({
  checks: z.record(identifier, checkSchema).default({}).describe('By id, as the text names them.'),
  wrong: z.array(wrongAttemptSchema).default([]).describe('Plausible mistakes, for the proof.'),
  solution: z
    .string()
    .optional()
    .describe('Shell commands that replace the text’s blocks as the solution.'),
  unchecked: z.string().min(1).optional().describe('Why a step has no checks; only then.'),
});

/** `content/labs/<unit>/<lesson>/lab.yaml`. */
export const labSourceSchema = z.strictObject({
  profile: profileSchema.prefault({}).describe('The cluster that the lab needs.'),
  previews: z
    .record(previewIdSchema, previewSchema)
    .default({})
    .describe('Web pages of the learner’s own pods, by id.'),
  steps: z.record(stepIdSchema, labStepSourceSchema).describe('By id, in any order.'),
});

export type LabSource = z.infer<typeof labSourceSchema>;

/** `labs/<unit>/<lesson>.json` in the built site: everything that the server knows of a lesson. */
export const labSchema = z.object({
  id: labIdSchema,
  profile: profileSchema,
  previews: z.record(previewIdSchema, previewSchema).default({}),
  steps: z.array(
    z.object({
      id: stepIdSchema,
      checks: z.record(identifier, checkSchema),
      wrong: z.array(wrongAttemptSchema),
      /** Shell commands that, run in order in the workstation, make the step's checks pass. */
      solution: z.array(z.string()),
    }),
  ),
});

export type Lab = z.infer<typeof labSchema>;
