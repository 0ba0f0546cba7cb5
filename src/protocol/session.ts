import { z } from 'zod';
import { errorBodySchema } from './errors.ts';
import { labIdSchema, stepIdSchema } from './lab.ts';

/**
 * `queued → creating → booting → ready ⇄ frozen → stopping → gone`, and `failed`. A frozen session
 * wakes as soon as it is used.
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

/** One stage of a session's start, with the time that it took or usually takes on this server. */
export const sessionStageSchema = z.object({
  /** `steps`: only in a session that starts at a later step. */
  id: z.enum(['network', 'nodes', 'control-plane', 'workers', 'workstation', 'steps']),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** Seconds taken so far. */
  seconds: z.number().nonnegative(),
  /** The time of the last start on this server; absent on the first. */
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
  /** Until `expiresAt` by the server's clock, because a browser's may be wrong. 0 after the end. */
  secondsLeft: z.number().nonnegative(),
  /** Present after the end, and always with a reason. */
  end: z
    .object({
      reason: z.enum(['deleted', 'expired', 'server-stopped', 'failed', 'lost']),
      error: errorBodySchema.shape.error.optional(),
    })
    .optional(),
});

export type Session = z.infer<typeof sessionSchema>;

/**
 * The body of `POST /api/sessions`. With `step`, the solutions of the steps before it run first.
 */
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

/** The power of a node. The cluster itself notices later. */
export const nodePowerResultSchema = z.object({
  node: z.string(),
  power: z.enum(['on', 'off']),
  /** False when the node was already in that state. */
  changed: z.boolean(),
});
