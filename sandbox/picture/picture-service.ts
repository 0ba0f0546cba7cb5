import type { ClusterObject } from '../../src/protocol/events.ts';
import type { KubeObject } from '../kube/kube-object.ts';

/** A picture of more endpoints is unreadable. */
const MAX_ENDPOINTS = 150;

interface Service extends KubeObject {
  spec?: {
    type?: string;
    clusterIP?: string;
    externalName?: string;
    ports?: { port: number; nodePort?: number }[];
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

interface EndpointSlice extends KubeObject {
  endpoints?: {
    addresses?: string[];
    conditions?: { ready?: boolean };
    targetRef?: { kind?: string; uid?: string };
  }[];
}

/** A Service with its endpoints from `slices`: which pods are behind it, and which get traffic. */
export function drawService(object: KubeObject, slices: KubeObject[]): ClusterObject {
  const { metadata, spec = {}, status = {} } = object as Service;
  const { uid, name, namespace = 'default' } = metadata;
  const endpoints = slices
    .filter((slice) => serviceOf(slice) === `${namespace}/${name}`)
    .flatMap((slice) => (slice as EndpointSlice).endpoints ?? [])
    .slice(0, MAX_ENDPOINTS)
    .map(({ addresses = [], conditions, targetRef }) => ({
      ...(targetRef?.kind === 'Pod' && targetRef.uid !== undefined ? { pod: targetRef.uid } : {}),
      address: addresses[0] ?? '',
      // Absent means unknown, which clients should treat as ready (EndpointConditions of the API).
      ready: conditions?.ready !== false,
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  const { type = 'ClusterIP', clusterIP, externalName, ports = [] } = spec;
  const outside = (status.loadBalancer?.ingress ?? []).map((each) => each.ip ?? each.hostname);
  const isHeadless = clusterIP === 'None';
  return {
    kind: 'Service',
    uid,
    name,
    namespace,
    status: isHeadless ? 'headless' : type,
    ready: externalName !== undefined || endpoints.some(({ ready }) => ready),
    restarts: 0,
    addresses: [isHeadless ? undefined : clusterIP, externalName, ...outside].filter(
      (each): each is string => each !== undefined && each !== '',
    ),
    ports: ports.map(({ port, nodePort }) =>
      nodePort === undefined ? String(port) : `${port}:${nodePort}`,
    ),
    endpoints,
  };
}

/** `namespace/name` of the Service that a slice belongs to. */
export function serviceOf({ metadata }: KubeObject): string {
  const name = metadata.labels?.['kubernetes.io/service-name'] ?? '';
  return `${metadata.namespace ?? 'default'}/${name}`;
}
