import type { KubeObject } from '../kube/kube-object.ts';

interface Termination {
  exitCode: number;
  signal?: number;
  reason?: string;
  message?: string;
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: {
    running?: object;
    waiting?: { reason?: string; message?: string };
    terminated?: Termination;
  };
  lastState?: { terminated?: Termination };
}

interface Pod extends KubeObject {
  spec?: { nodeName?: string; initContainers?: { name: string; restartPolicy?: string }[] };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

/** A pod as `kubectl get pods` shows it. */
export interface PodStatus {
  /** The column STATUS. */
  status: string;
  ready: boolean;
  restarts: number;
  /** The cluster's reason why it is not Running or Completed. */
  message?: string;
}

/** Gives the same values as kubectl prints for the pod. */
export function podStatus(object: KubeObject): PodStatus {
  const pod = object as Pod;
  const init = initStatus(pod);
  const main = init === undefined || isTrue(pod, 'Initialized') ? mainStatus(pod) : init;
  const message = messageOf(pod);
  return {
    status: deletionStatus(pod) ?? main,
    ready: isTrue(pod, 'Ready'),
    restarts: restarts(pod),
    ...(message === undefined ? {} : { message }),
  };
}

/** The node a pod runs on; undefined until it is scheduled. */
export function nodeOf(pod: KubeObject): string | undefined {
  return (pod as Pod).spec?.nodeName;
}

/** How a container of the pod ended before its last restart: `OOMKilled`, `Error, exit code 1`. */
export function lastEnd(pod: KubeObject): string | undefined {
  const { containerStatuses = [] } = (pod as Pod).status ?? {};
  const ends = containerStatuses.map(({ lastState }) => lastState?.terminated);
  const end = ends.find((each) => each !== undefined);
  if (end === undefined) return undefined;
  const { reason, exitCode } = end;
  return reason === 'Error' ? `Error, exit code ${exitCode}` : endOf(end);
}

function deletionStatus({ metadata, status }: Pod): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return ['Succeeded', 'Failed'].includes(status?.phase ?? '') ? undefined : 'Terminating';
}

/** The status while init containers run; undefined once all are done. */
function initStatus({ spec, status }: Pod): string | undefined {
  const all = spec?.initContainers ?? [];
  const sidecars = new Set(all.filter((c) => c.restartPolicy === 'Always').map((c) => c.name));
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started === true) continue;
    if (terminated !== undefined) return `Init:${endOf(terminated)}`;
    if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') {
      return `Init:${waiting.reason}`;
    }
    return `Init:${index}/${all.length}`;
  }
  return undefined;
}

function mainStatus(pod: Pod): string {
  const { phase = 'Unknown', reason, containerStatuses = [] } = pod.status ?? {};
  const gated = condition(pod, 'PodScheduled')?.reason === 'SchedulingGated';
  let status = reason ?? (gated ? 'SchedulingGated' : phase);
  // The first container with a state of interest wins.
  for (const { state } of containerStatuses.toReversed()) {
    if (state?.waiting?.reason !== undefined) status = state.waiting.reason;
    else if (state?.terminated !== undefined) status = endOf(state.terminated);
  }
  const running = containerStatuses.some((c) => c.ready === true && c.state?.running !== undefined);
  if (status !== 'Completed' || !running) return status;
  return isTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

function endOf({ reason, signal, exitCode }: Termination): string {
  if (reason !== undefined && reason !== '') return reason;
  return signal === undefined || signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

function restarts({ status }: Pod): number {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

function messageOf(pod: Pod): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [], message } = pod.status ?? {};
  const states = [...initContainerStatuses, ...containerStatuses].map(({ state }) => state);
  const said = states.map((state) => state?.waiting?.message ?? state?.terminated?.message);
  const scheduled = condition(pod, 'PodScheduled');
  const unscheduled = scheduled?.status === 'False' ? scheduled.message : undefined;
  return said.find((each) => each !== undefined) ?? unscheduled ?? message;
}

function condition({ status }: Pod, type: string) {
  return status?.conditions?.find((each) => each.type === type);
}

function isTrue(pod: Pod, type: string): boolean {
  return condition(pod, type)?.status === 'True';
}
