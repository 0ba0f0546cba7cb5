import type { ClusterObject } from '../../src/protocol/events.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { toMebibytes, toMillis } from './quantities.ts';

interface Node extends KubeObject {
  spec?: { unschedulable?: boolean };
  status?: {
    conditions?: { type: string; status: string }[];
    allocatable?: { cpu?: string; memory?: string };
  };
}

/** A node with what it has to give to pods. */
export function drawNode(object: KubeObject): ClusterObject {
  const { metadata, spec, status } = object as Node;
  const ready = status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
  const closed = spec?.unschedulable === true ? ',SchedulingDisabled' : '';
  const { cpu, memory } = status?.allocatable ?? {};
  return {
    kind: 'Node',
    uid: metadata.uid,
    name: metadata.name,
    status: `${ready ? 'Ready' : 'NotReady'}${closed}`,
    ready,
    restarts: 0,
    ...(cpu === undefined ? {} : { cpu: toMillis(cpu) }),
    ...(memory === undefined ? {} : { memory: toMebibytes(memory) }),
  };
}
