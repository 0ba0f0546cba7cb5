import type { ClusterObject } from '../../src/protocol/events.ts';
import { shorten, type KubeObject } from '../kube/kube-object.ts';
import { lastEnd, nodeOf, podStatus } from './pod-status.ts';
import { toMebibytes, toMillis } from './quantities.ts';

const MAX_WHY = 200;

interface Requesting extends KubeObject {
  spec?: { containers?: { resources?: { requests?: { cpu?: string; memory?: string } } }[] };
}

/** A pod with its maker, its requests, and the cluster's reason for the state that it is in. */
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
    ...(why === undefined ? {} : { why: shorten(why, MAX_WHY) }),
    ...requestsOf(pod),
  };
}

/** A ReplicaSet of a Deployment bears its name, with the hash after it that its pods have as a label. */
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
  const requests = ((pod as Requesting).spec?.containers ?? []).map(
    ({ resources }) => resources?.requests ?? {},
  );
  const cpu = requests.reduce((sum, each) => sum + toMillis(each.cpu ?? '0'), 0);
  const memory = requests.reduce((sum, each) => sum + toMebibytes(each.memory ?? '0'), 0);
  return { ...(cpu > 0 ? { cpu } : {}), ...(memory > 0 ? { memory } : {}) };
}
