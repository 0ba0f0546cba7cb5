import { z } from 'zod';
import { checkResultSchema } from './checks.ts';
import { sessionSchema } from './session.ts';

/** The state of one Kubernetes object, as small as the live picture needs it. */
export const clusterObjectSchema = z.object({
  kind: z.enum(['Node', 'Pod']),
  uid: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  /** Pods: the node they run on. */
  node: z.string().optional(),
  /** Pods: phase or waiting reason; nodes: `Ready` or `NotReady`. */
  status: z.string(),
  ready: z.boolean(),
  restarts: z.int().nonnegative().default(0),
});

export type ClusterObject = z.infer<typeof clusterObjectSchema>;

const clusterChangeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reset'), objects: z.array(clusterObjectSchema) }),
  z.object({ type: z.literal('set'), object: clusterObjectSchema }),
  z.object({ type: z.literal('gone'), uid: z.string() }),
]);

/** A change of the live picture. `reset` replaces all that was known. */
export type ClusterChange = z.infer<typeof clusterChangeSchema>;

/**
 * The server-sent events of a session, by the name of the event. A new stream begins with one `session`,
 * one `cluster` of type `reset`, and one `check` for each check known: what a client missed, it is told again.
 */
export const sessionEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('session'), data: sessionSchema }),
  z.object({ event: z.literal('check'), data: checkResultSchema }),
  z.object({
    event: z.literal('cluster'),
    data: clusterChangeSchema,
  }),
  z.object({
    event: z.literal('notice'),
    data: z.object({ level: z.enum(['info', 'warning']), message: z.string() }),
  }),
]);

export type SessionEvent = z.infer<typeof sessionEventSchema>;
