import { execFile } from 'node:child_process';
import type { ClusterObject } from '../../../src/protocol/events.ts';
import { type KubeObject, SYSTEM_NAMESPACES } from '../../kube/kube-object.ts';
import { toPicture } from '../../picture/picture.ts';
import { Refusal } from './ask.ts';
import { sanitize } from './paint.ts';

const GET = [
  'get',
  'nodes,pods,services,endpointslices',
  '-A',
  '-o',
  'json',
  '--request-timeout=5s',
];
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The learner's view of the cluster. Rejects with a {@link Refusal} with kubectl's message. */
export async function readCluster(): Promise<ClusterObject[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES };
  execFile('kubectl', GET, options, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Refusal(messageOf(stderr)));
  });
  return pictureOf((JSON.parse(await promise) as { items: KubeObject[] }).items);
}

/** kubectl repeats its error; the last line is the one for people. */
function messageOf(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return sanitize(last === '' ? 'kubectl did not answer in time.' : last);
}

/** The picture of what kubectl lists, without system namespaces and the Service of the API. */
export function pictureOf(items: readonly KubeObject[]): ClusterObject[] {
  const shown = items.filter(
    ({ metadata }) => !SYSTEM_NAMESPACES.includes(metadata.namespace ?? ''),
  );
  const of = (kind: string): KubeObject[] => shown.filter((each) => each.kind === kind);
  const isOfApi = ({ metadata: { namespace, name } }: KubeObject): boolean =>
    namespace === 'default' && name === 'kubernetes';
  return toPicture({
    nodes: of('Node'),
    pods: of('Pod'),
    services: of('Service').filter((service) => !isOfApi(service)),
    slices: of('EndpointSlice'),
  });
}
