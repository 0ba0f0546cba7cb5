import { z } from 'zod';
import { checkResultSchema } from './checks.ts';
import { fileListSchema } from './files.ts';
import { sessionSchema } from './session.ts';

/** An endpoint of a Service: a pod by its uid, or an address that belongs to no known pod. */
const endpointSchema = z.object({
  pod: z.string().optional(),
  address: z.string(),
  /** Whether it gets traffic now. */
  ready: z.boolean(),
});

/** The state of one Kubernetes object, as small as the live picture needs it. */
export const clusterObjectSchema = z.object({
  kind: z.enum(['Node', 'Pod', 'Service']),
  uid: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  /** Pods: their node. */
  node: z.string().optional(),
  /**
   * Pods: phase or waiting reason; nodes: `Ready` or `NotReady`, with `,SchedulingDisabled` when
   * cordoned; Services: their type.
   */
  status: z.string(),
  /** Services: whether an endpoint is ready. */
  ready: z.boolean(),
  restarts: z.int().nonnegative().default(0),
  /** Pods: their owner, for example `Deployment/web`. */
  owner: z.string().optional(),
  /** Pods: what they wait for, or how their last container ended. */
  why: z.string().optional(),
  /** Thousandths of a CPU: the capacity of a node, the request of a pod. */
  cpu: z.int().nonnegative().optional(),
  /** MiB, as {@link cpu}. */
  memory: z.int().nonnegative().optional(),
  /** Services: their addresses, the one inside the cluster first. */
  addresses: z.array(z.string()).optional(),
  /** Services: `80`, or `80:30080` with a port on every node. */
  ports: z.array(z.string()).optional(),
  endpoints: z.array(endpointSchema).optional(),
});

export type ClusterObject = z.infer<typeof clusterObjectSchema>;

/** One of the cluster's events about one of its objects. */
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

/** A change of the live picture, or an event of the cluster. `reset` replaces everything known. */
export type ClusterChange = z.infer<typeof clusterChangeSchema>;

/**
 * The server-sent events of a session, by name. A new stream starts with one `session`, one
 * `cluster` of type `reset`, one `check` for each known check, and `files` if they are watched: a
 * client that missed events gets the current state.
 */
export const sessionEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('session'), data: sessionSchema }),
  z.object({ event: z.literal('check'), data: checkResultSchema }),
  z.object({
    event: z.literal('cluster'),
    data: clusterChangeSchema,
  }),
  /** The list of `~/lab`, at each change once a client has requested it. */
  z.object({ event: z.literal('files'), data: fileListSchema }),
  z.object({
    event: z.literal('notice'),
    data: z.object({ level: z.enum(['info', 'warning']), message: z.string() }),
  }),
]);

export type SessionEvent = z.infer<typeof sessionEventSchema>;
