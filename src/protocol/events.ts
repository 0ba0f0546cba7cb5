import { z } from 'zod';
import { checkResultSchema } from './checks.ts';
import { fileListSchema } from './files.ts';
import { sessionSchema } from './session.ts';

/** Who gets the traffic of a Service: a pod by its uid, or an address that no pod of the picture has. */
const endpointSchema = z.object({
  pod: z.string().optional(),
  address: z.string(),
  /** Whether traffic is sent there now. */
  ready: z.boolean(),
});

/** The state of one Kubernetes object, as small as the live picture needs it. */
export const clusterObjectSchema = z.object({
  kind: z.enum(['Node', 'Pod', 'Service']),
  uid: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  /** Pods: the node they run on. */
  node: z.string().optional(),
  /** Pods: phase or waiting reason; nodes: `Ready` or `NotReady`, with `,SchedulingDisabled` when cordoned; Services: their type. */
  status: z.string(),
  /** Services: whether anybody answers. */
  ready: z.boolean(),
  restarts: z.int().nonnegative().default(0),
  /** Pods: who made them, for example `Deployment/web`. */
  owner: z.string().optional(),
  /** Pods: what they wait for, or how their container last ended. */
  why: z.string().optional(),
  /** Thousandths of a CPU: nodes have them to give, pods request them. */
  cpu: z.int().nonnegative().optional(),
  /** MiB, as {@link cpu}. */
  memory: z.int().nonnegative().optional(),
  /** Services: where they are reached, the address inside the cluster first. */
  addresses: z.array(z.string()).optional(),
  /** Services: `80`, or `80:30080` with a port on every node. */
  ports: z.array(z.string()).optional(),
  endpoints: z.array(endpointSchema).optional(),
});

export type ClusterObject = z.infer<typeof clusterObjectSchema>;

/** What the cluster itself says about one of its objects, in one of its events. */
const clusterNewsSchema = z.object({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  reason: z.string(),
  message: z.string(),
  isWarning: z.boolean(),
});

export type ClusterNews = z.infer<typeof clusterNewsSchema>;

const clusterChangeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reset'), objects: z.array(clusterObjectSchema) }),
  z.object({ type: z.literal('set'), object: clusterObjectSchema }),
  z.object({ type: z.literal('gone'), uid: z.string() }),
  z.object({ type: z.literal('news'), news: clusterNewsSchema }),
]);

/** A change of the live picture, or the cluster's word on one. `reset` replaces all that was known. */
export type ClusterChange = z.infer<typeof clusterChangeSchema>;

/**
 * The server-sent events of a session, by the name of the event. A new stream begins with one `session`,
 * one `cluster` of type `reset`, one `check` for each check known, and the `files` if they are watched: what a client missed, it is told again.
 */
export const sessionEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('session'), data: sessionSchema }),
  z.object({ event: z.literal('check'), data: checkResultSchema }),
  z.object({
    event: z.literal('cluster'),
    data: clusterChangeSchema,
  }),
  /** What is below `~/lab`, at each change once somebody has asked for the list. */
  z.object({ event: z.literal('files'), data: fileListSchema }),
  z.object({
    event: z.literal('notice'),
    data: z.object({ level: z.enum(['info', 'warning']), message: z.string() }),
  }),
]);

export type SessionEvent = z.infer<typeof sessionEventSchema>;
