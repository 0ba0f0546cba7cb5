import type { ClusterObject } from '../../../src/protocol/events.ts';
import { bigBox, type Block, fit, flow, smallBox } from './boxes.ts';
import type { Colour, Paint } from './paint.ts';

/** Names would be unreadable in less. */
const MIN_WIDTH = 30;
/** More would be impossible to tell apart. */
const MAX_PODS = 60;
const MAX_ENDPOINTS = 12;
const DONE = ['Completed', 'Succeeded'];

/**
 * The cluster as lines of at most `width` columns, but at least 30: nodes with their pods, pods
 * without a node, and Services with their endpoints. Pure.
 */
export function drawMap(objects: readonly ClusterObject[], width: number, paint: Paint): string[] {
  const columns = Math.max(MIN_WIDTH, width);
  const of = (kind: string): ClusterObject[] => objects.filter((each) => each.kind === kind);
  const pods = of('Pod');
  const nodes = of('Node');
  const isOn = (pod: ClusterObject, node: ClusterObject): boolean => pod.node === node.name;
  const unplaced = pods.filter((pod) => !nodes.some((node) => isOn(pod, node)));
  return [
    ...nodes.flatMap((node) =>
      drawNode(
        node,
        pods.filter((pod) => isOn(pod, node)),
        columns,
        paint,
      ),
    ),
    ...drawUnplaced(unplaced, columns, paint),
    ...of('Service').flatMap((service) => ['', ...drawService(service, pods, columns, paint)]),
  ];
}

function drawNode(
  node: ClusterObject,
  pods: readonly ClusterObject[],
  width: number,
  paint: Paint,
): string[] {
  const title = node.status === 'Ready' ? node.name : `${node.name}: ${node.status}`;
  const [top = '', ...rest] = bigBox(title, podBoxes(pods, width - 4, paint), width);
  return [node.ready ? top : paint(top, 'red'), ...rest];
}

function drawUnplaced(pods: readonly ClusterObject[], width: number, paint: Paint): string[] {
  if (pods.length === 0) return [];
  const reasons = new Set(pods.map(({ why }) => why).filter((why) => why !== undefined));
  return [
    '',
    'on no node:',
    ...flow(podBoxes(pods, width, paint), width).map(({ text }) => text),
    ...[...reasons].slice(0, 3).map((why) => fit(why, width)),
  ];
}

function podBoxes(pods: readonly ClusterObject[], width: number, paint: Paint): Block[] {
  const shown = pods.slice(0, MAX_PODS);
  const boxes = shown.map((pod) =>
    smallBox({ title: nameOf(pod), text: stateOf(pod), colour: colourOf(pod) }, width, paint),
  );
  if (shown.length === pods.length) return boxes;
  const more = `and ${pods.length - shown.length} more`;
  return [...boxes, { lines: [more], width: more.length }].map((box) => padded(box));
}

/** Made as high as the box of a pod. */
function padded({ lines, width }: Block): Block {
  return { width, lines: [...lines, '', ''].slice(0, 3).map((line) => line || ' '.repeat(width)) };
}

function stateOf({ status, ready, restarts }: ClusterObject): string {
  const isUnready = status === 'Running' && !ready;
  const suffix = restarts === 0 ? '' : `, restarts: ${restarts}`;
  return `${status}${isUnready ? ', not ready' : ''}${suffix}`;
}

function colourOf({ status, ready }: ClusterObject): Colour | undefined {
  if (status === 'Running') return ready ? 'green' : 'yellow';
  if (DONE.includes(status)) return 'dim';
  const transitional = ['Pending', 'ContainerCreating', 'PodInitializing', 'Terminating'];
  return transitional.includes(status) || status.startsWith('Init:') ? 'yellow' : 'red';
}

function drawService(
  service: ClusterObject,
  pods: readonly ClusterObject[],
  width: number,
  paint: Paint,
): string[] {
  const { status, addresses = [], ports = [], endpoints = [] } = service;
  const where = [status, ...addresses, ports.length > 0 ? `port ${ports.join(', ')}` : ''];
  const head = `service ${nameOf(service)}  ${where.filter((each) => each !== '').join('  ')}`;
  const lines = endpoints.slice(0, MAX_ENDPOINTS).map(({ pod: uid, address, ready }) => {
    const pod = pods.find((each) => each.uid === uid);
    const line = `  +-> ${pod === undefined ? '' : `${nameOf(pod)}  `}${address}`;
    return ready ? fit(line, width) : paint(fit(`${line}  not ready`, width), 'yellow');
  });
  const more = endpoints.length - lines.length;
  return [
    fit(head, width),
    ...lines,
    ...(more > 0 ? [`  +-> and ${more} more`] : []),
    ...(endpoints.length === 0 ? [paint('  +-> nobody', 'yellow')] : []),
  ];
}

function nameOf({ namespace, name }: ClusterObject): string {
  return namespace === undefined || namespace === 'default' ? name : `${namespace}/${name}`;
}
