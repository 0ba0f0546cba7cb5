import type { ClusterObject } from '../../src/protocol/events.ts';
import { isReady, type KubeObject } from '../kube/kube-object.ts';
import { toMebibytes, toMillis } from './quantities.ts';

interface Node extends KubeObject {
  spec?: { unschedulable?: boolean };
  status?: {
    allocatable?: { cpu?: string; memory?: string };
  };
}

/** A node with the CPU and memory that pods can use. */
export function drawNode(object: KubeObject): ClusterObject {
  const { metadata, spec, status } = object as Node;
  const ready = isReady(object);
  const cordoned = spec?.unschedulable === true ? ',SchedulingDisabled' : '';
  const { cpu, memory } = status?.allocatable ?? {};
  return {
    kind: 'Node',
    uid: metadata.uid,
    name: metadata.name,
    status: `${ready ? 'Ready' : 'NotReady'}${cordoned}`,
    ready,
    restarts: 0,
    ...(cpu === undefined ? {} : { cpu: toMillis(cpu) }),
    ...(memory === undefined ? {} : { memory: toMebibytes(memory) }),
  };
}
