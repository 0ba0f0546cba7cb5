import { execFile } from 'node:child_process';
import type { ClusterObject } from '../../../src/protocol/events.ts';
import { byName, type KubeObject, SYSTEM_NAMESPACES } from '../../kube/kube-object.ts';
import { drawNode } from '../../picture/picture-node.ts';
import { drawPod } from '../../picture/picture-pod.ts';
import { drawService } from '../../picture/picture-service.ts';
import { Refusal } from './ask.ts';
import { harmless } from './paint.ts';

const GET = [
  'get',
  'nodes,pods,services,endpointslices',
  '-A',
  '-o',
  'json',
  '--request-timeout=5s',
];
const LOOK_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** What is in the cluster now, as the learner may see it. Rejects with a {@link Refusal} that says what kubectl says. */
export async function look(): Promise<ClusterObject[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { timeout: LOOK_MS, maxBuffer: MAX_BYTES };
  execFile('kubectl', GET, options, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Refusal(complaintOf(stderr)));
  });
  return toPicture((JSON.parse(await promise) as { items: KubeObject[] }).items);
}

/** kubectl says the same thing several times; the last line says it to people. */
function complaintOf(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return harmless(last === '' ? 'kubectl did not answer in time.' : last);
}

/** The picture of what kubectl lists; without the cluster's own namespaces, and without the Service of its API. */
export function toPicture(items: readonly KubeObject[]): ClusterObject[] {
  const shown = items
    .filter(({ metadata }) => !SYSTEM_NAMESPACES.includes(metadata.namespace ?? ''))
    .toSorted(byName);
  const of = (kind: string): KubeObject[] => shown.filter((each) => each.kind === kind);
  const slices = of('EndpointSlice');
  return [
    ...of('Node').map(drawNode),
    ...of('Pod').map(drawPod),
    ...of('Service')
      .filter(({ metadata }) => metadata.namespace !== 'default' || metadata.name !== 'kubernetes')
      .map((service) => drawService(service, slices)),
  ];
}
