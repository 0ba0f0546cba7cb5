import type { ClusterChange, ClusterObject } from '../../protocol/events.ts';

const NODES = ['control-plane', 'worker', 'worker2'];

/**
 * The events of a cluster in which a Deployment of `count` pods behind a Service rolls out a new
 * version, for tests and measurements.
 */
export function rollout(count: number): ClusterChange[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const start: ClusterObject[] = [
    ...NODES.map((name) => node(name)),
    ...numbers.map((i) => pod(`web-1-${i}`, i, 'Running')),
    service(numbers.map((i) => ({ name: `web-1-${i}`, ready: true }))),
  ];
  const steps = numbers.flatMap((i): ClusterChange[] => {
    const endpoints = numbers.map((j) => ({
      name: j <= i ? `web-2-${j}` : `web-1-${j}`,
      ready: true,
    }));
    return [
      set(pod(`web-2-${i}`, undefined, 'Pending')),
      set(pod(`web-2-${i}`, i, 'ContainerCreating')),
      set(pod(`web-2-${i}`, i, 'Running')),
      set(service(endpoints)),
      set(pod(`web-1-${i}`, i, 'Terminating')),
      { type: 'gone', uid: `web-1-${i}` },
    ];
  });
  return [{ type: 'reset', objects: start }, ...steps];
}

function set(object: ClusterObject): ClusterChange {
  return { type: 'set', object };
}

function node(name: string): ClusterObject {
  const kind = 'Node';
  const size = { cpu: 4000, memory: 4096 };
  return { kind, uid: name, name, status: 'Ready', ready: true, restarts: 0, ...size };
}

function pod(name: string, on: number | undefined, status: string): ClusterObject {
  const at = on === undefined ? undefined : NODES[1 + (on % 2)];
  return {
    kind: 'Pod',
    uid: name,
    name,
    namespace: 'default',
    ...(at === undefined ? {} : { node: at }),
    status,
    ready: status === 'Running',
    restarts: 0,
    owner: 'Deployment/web',
    cpu: 50,
    memory: 32,
  };
}

function service(pods: { name: string; ready: boolean }[]): ClusterObject {
  return {
    kind: 'Service',
    uid: 'service-web',
    name: 'web',
    namespace: 'default',
    status: 'ClusterIP',
    ready: true,
    restarts: 0,
    addresses: ['10.96.0.42'],
    ports: ['80'],
    endpoints: pods.map(({ name, ready }, i) => ({ pod: name, address: `10.244.1.${i}`, ready })),
  };
}
