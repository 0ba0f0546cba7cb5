import type { ClusterObject } from '../../src/protocol/events.ts';
import { shorten, type KubeObject } from '../kube/kube-object.ts';
import { lastEnd, nodeOf, podStatus } from './pod-status.ts';
import { toMebibytes, toMillis } from './quantities.ts';

const MAX_REASON_LENGTH = 200;

interface PodRequests extends KubeObject {
  spec?: { containers?: { resources?: { requests?: { cpu?: string; memory?: string } } }[] };
}

/** A pod with its owner, its requests, and the cluster's reason for its state. */
export function drawPod(pod: KubeObject): ClusterObject {
  const { uid, name, namespace = 'default' } = pod.metadata;
  const { status, ready, restarts, message } = podStatus(pod);
  const node = nodeOf(pod);
  const owner = ownerOf(pod);
  const why = message ?? lastEnd(pod);
  return {
    kind: 'Pod',
    uid,
    name,
    namespace,
    ...(node === undefined ? {} : { node }),
    status,
    ready,
    restarts,
    ...(owner === undefined ? {} : { owner }),
    ...(why === undefined ? {} : { why: shorten(why, MAX_REASON_LENGTH) }),
    ...requestsOf(pod),
  };
}

/**
 * A Deployment names its ReplicaSets after itself plus a hash, which their pods have as a label.
 */
function ownerOf({ metadata }: KubeObject): string | undefined {
  const [owner] = metadata.ownerReferences ?? [];
  if (owner === undefined) return undefined;
  const hash = metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return `Deployment/${owner.name.slice(0, -hash.length - 1)}`;
  }
  return `${owner.kind}/${owner.name}`;
}

function requestsOf(pod: KubeObject): Pick<ClusterObject, 'cpu' | 'memory'> {
  const requests = ((pod as PodRequests).spec?.containers ?? []).map(
    ({ resources }) => resources?.requests ?? {},
  );
  const cpu = requests.reduce((sum, each) => sum + toMillis(each.cpu ?? '0'), 0);
  const memory = requests.reduce((sum, each) => sum + toMebibytes(each.memory ?? '0'), 0);
  return { ...(cpu > 0 ? { cpu } : {}), ...(memory > 0 ? { memory } : {}) };
}
