import { z } from 'zod';
import type { Preview } from '../../src/protocol/lab.ts';
import { type KubeApi, KubeStatusError } from '../kube/kube-api.ts';
import type { PodPort } from '../kube/pod-port.ts';
import { LabError } from '../errors.ts';

/** The parts of API objects that are used here; an absent list is empty. */
const serviceSchema = z.object({
  spec: z.object({
    ports: z.array(z.object({ name: z.string().default(''), port: z.number() })).default([]),
  }),
});
const slicesSchema = z.object({
  items: z.array(
    z.object({
      ports: z
        .array(z.object({ name: z.string().default(''), port: z.number().optional() }))
        .nullish(),
      endpoints: z
        .array(
          z.object({
            conditions: z.object({ ready: z.boolean().nullish() }).default({}),
            targetRef: z.object({ kind: z.string(), name: z.string() }).optional(),
          }),
        )
        .nullish(),
    }),
  ),
});
const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

/**
 * The pod that serves a preview now. Of several ready pods it is always the same one, so that its
 * memory of a browser's session stays valid. Only pods in the preview's own namespace count,
 * whatever an endpoint says.
 * Errors: `LAB_PREVIEW_ABSENT`, `LAB_PREVIEW_NOT_READY`, and those of the API.
 */
export async function findPreviewPod(
  api: KubeApi,
  preview: Preview,
  signal: AbortSignal,
): Promise<PodPort> {
  const { namespace, service, selector = {} } = preview;
  if (service === undefined) {
    const pod = await podWith(api, { namespace, selector }, signal);
    return { namespace, pod, port: preview.port };
  }
  return { namespace, ...(await podBehind(api, { ...preview, service }, signal)) };
}

async function podWith(
  api: KubeApi,
  { namespace, selector }: { namespace: string; selector: Record<string, string> },
  signal: AbortSignal,
): Promise<string> {
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const query = `labelSelector=${encodeURIComponent(labels.join(','))}`;
  const path = `/api/v1/namespaces/${namespace}/pods?${query}`;
  const pods = podsSchema.parse(await api.get(path, signal)).items;
  const described = `with the labels ${labels.join(', ')} in the namespace ${namespace}`;
  if (pods.length === 0) throw new LabError('LAB_PREVIEW_ABSENT', `There is no pod ${described}.`);
  const isReady = ({ metadata, status }: (typeof pods)[number]): boolean =>
    metadata.deletionTimestamp === undefined &&
    status.conditions.some((each) => each.type === 'Ready' && each.status === 'True');
  return first(
    pods.filter(isReady).map(({ metadata }) => metadata.name),
    `No pod ${described} is ready.`,
  );
}

async function podBehind(
  api: KubeApi,
  { namespace, service, port }: Preview & { service: string },
  signal: AbortSignal,
): Promise<{ pod: string; port: number }> {
  const described = `Service ${service} in the namespace ${namespace}`;
  const name = await portName(api, { namespace, service, port }, signal);
  const query = `labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`;
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${query}`;
  const slices = slicesSchema.parse(await api.get(path, signal)).items;
  const ports = new Map<string, number>();
  for (const slice of slices) {
    const target = slice.ports?.find((each) => each.name === name)?.port;
    for (const { conditions, targetRef } of slice.endpoints ?? []) {
      if (target === undefined || targetRef?.kind !== 'Pod' || conditions.ready === false) continue;
      ports.set(targetRef.name, target);
    }
  }
  const pod = first([...ports.keys()], `No pod behind the ${described} is ready.`);
  return { pod, port: ports.get(pod) ?? port };
}

async function portName(
  api: KubeApi,
  { namespace, service, port }: { namespace: string; service: string; port: number },
  signal: AbortSignal,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/services/${service}`;
  const response = await api.get(path, signal).catch((error: unknown) => {
    if (error instanceof KubeStatusError && error.status === 404) return undefined;
    throw error;
  });
  const described = `Service ${service} in the namespace ${namespace}`;
  if (response === undefined) throw new LabError('LAB_PREVIEW_ABSENT', `There is no ${described}.`);
  const { ports } = serviceSchema.parse(response).spec;
  const name = ports.find((each) => each.port === port)?.name;
  if (name !== undefined) return name;
  const list = ports.map((each) => each.port).join(', ') || 'none';
  throw new LabError('LAB_PREVIEW_ABSENT', `The ${described} has no port ${port}; it has ${list}.`);
}

function first(names: string[], message: string): string {
  const [name] = names.sort();
  if (name === undefined) throw new LabError('LAB_PREVIEW_NOT_READY', message);
  return name;
}
