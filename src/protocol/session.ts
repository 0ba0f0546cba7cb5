import { z } from 'zod';
import { errorBodySchema } from './errors.ts';
import { labIdSchema, stepIdSchema } from './lab.ts';

/**
 * `queued → creating → booting → ready ⇄ frozen → stopping → gone`, with `failed` as the side exit. A session that is frozen wakes by itself as soon as
 * somebody uses it.
 */
export const sessionStateSchema = z.enum([
  'queued',
  'creating',
  'booting',
  'ready',
  'frozen',
  'stopping',
  'gone',
  'failed',
]);

export type SessionState = z.infer<typeof sessionStateSchema>;

/** One stage of a session's start, with the time it took or usually takes on this server. */
export const sessionStageSchema = z.object({
  /** `steps` only in a session that begins at a later step of its lab. */
  id: z.enum(['network', 'nodes', 'control-plane', 'workers', 'workstation', 'steps']),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** Seconds taken so far. */
  seconds: z.number().nonnegative(),
  /** Seconds that this server took last time; absent on the first start. */
  expectedSeconds: z.number().nonnegative().optional(),
});

export type SessionStage = z.infer<typeof sessionStageSchema>;

export const sessionSchema = z.object({
  id: z.string(),
  lab: labIdSchema,
  state: sessionStateSchema,
  stages: z.array(sessionStageSchema),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Until `expiresAt`, by the server's clock: a browser's own may be wrong. 0 when the session is over. */
  secondsLeft: z.number().nonnegative(),
  /** Why it ended or failed. Every end says why. */
  end: z
    .object({
      reason: z.enum(['deleted', 'expired', 'server-stopped', 'failed', 'lost']),
      error: errorBodySchema.shape.error.optional(),
    })
    .optional(),
});

export type Session = z.infer<typeof sessionSchema>;

/** Body of `POST /api/sessions`. With `step` the cluster is brought to where that step of the lab begins, by the solutions of those before it. */
export const createSessionSchema = z.strictObject({
  lab: labIdSchema,
  step: stepIdSchema.optional(),
});

export const sessionIdSchema = z.string().regex(/^[a-z0-9]{12}$/);

/** The path of `POST /api/sessions/:id/nodes/:name/stop` and `…/start`. */
export const nodePowerSchema = z.object({
  id: sessionIdSchema,
  /** The name of a node, as `kubectl get nodes` prints it. */
  name: z.string().regex(/^[a-z0-9-]{1,63}$/),
  to: z.enum(['stop', 'start']),
});

/** What became of a node's plug. The cluster itself notices later. */
export const nodePowerResultSchema = z.object({
  node: z.string(),
  power: z.enum(['on', 'off']),
  /** False when it was so before. */
  changed: z.boolean(),
});
