import { expect, test } from 'vitest';
import type { ClusterObject } from '../../protocol/events.ts';
import { applyChange, toneOf, toPicture, type ClusterPicture } from './cluster-model.ts';
import { rollout } from './synthetic.ts';

const node = (name: string, more: Partial<ClusterObject> = {}): ClusterObject => ({
  kind: 'Node',
  uid: name,
  name,
  status: 'Ready',
  ready: true,
  restarts: 0,
  ...more,
});
const pod = (name: string, on?: string, more: Partial<ClusterObject> = {}): ClusterObject => ({
  kind: 'Pod',
  uid: name,
  name,
  namespace: 'default',
  status: 'Running',
  ready: true,
  restarts: 0,
  ...(on === undefined ? {} : { node: on }),
  ...more,
});
const service = (name: string, endpoints: ClusterObject['endpoints'] = []): ClusterObject => ({
  kind: 'Service',
  uid: `service ${name}`,
  name,
  namespace: 'default',
  status: 'ClusterIP',
  ready: endpoints.some(({ ready }) => ready),
  restarts: 0,
  endpoints,
});

function draw(...objects: ClusterObject[]): ClusterPicture {
  return toPicture(new Map(objects.map((object) => [object.uid, object])));
}

test('puts the control plane first, and pods in the order of their numbers', () => {
  const { nodes } = draw(
    node('worker2'),
    node('worker'),
    node('control-plane'),
    pod('web-10', 'worker'),
    pod('web-2', 'worker'),
  );
  expect(nodes.map(({ name }) => name)).toEqual(['control-plane', 'worker', 'worker2']);
  expect(nodes[1]?.pods.map(({ name }) => name)).toEqual(['web-2', 'web-10']);
});

test('sets aside pods without a node, or on a node that is gone', () => {
  const { unscheduled } = draw(node('worker'), pod('a'), pod('b', 'worker9'));
  expect(unscheduled.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('adds up what a node’s pods request, except for completed ones', () => {
  const { nodes } = draw(
    node('worker', { cpu: 2000, memory: 1024 }),
    pod('a', 'worker', { cpu: 500, memory: 512 }),
    pod('b', 'worker', { cpu: 500, memory: 512, status: 'Completed' }),
  );
  expect(nodes[0]?.load).toEqual({ cpu: 0.25, memory: 0.5 });
  expect(draw(node('worker')).nodes[0]?.load).toBeUndefined();
});

test('shows a cordoned node as such, and not as broken', () => {
  const { nodes } = draw(node('worker', { status: 'Ready,SchedulingDisabled' }));
  expect(nodes[0]).toMatchObject({ isCordoned: true, tone: 'good' });
});

test('gives a pod the letter of each Service that it is behind', () => {
  const { nodes, services } = draw(
    node('worker'),
    pod('web-1', 'worker'),
    pod('web-2', 'worker'),
    service('kubernetes'),
    service('all', [
      { pod: 'web-2', address: '10.244.1.3', ready: false },
      { pod: 'web-1', address: '10.244.1.2', ready: true },
    ]),
    service('outside', [{ address: '192.0.2.7', ready: true }]),
  );
  expect(services.map(({ name, letter }) => `${letter} ${name}`)).toEqual(['A all', 'B outside']);
  expect(services[0]?.behind).toEqual([
    { key: 'web-1', name: 'web-1', node: 'worker', ready: true },
    { key: 'web-2', name: 'web-2', node: 'worker', ready: false },
  ]);
  expect(services[1]?.behind[0]?.name).toBe('192.0.2.7');
  expect(nodes[0]?.pods.map(({ marks }) => marks[0])).toEqual([
    { letter: 'A', service: 'all', ready: true },
    { letter: 'A', service: 'all', ready: false },
  ]);
});

test.each([
  ['Running', true, 'good'],
  ['Running', false, 'busy'],
  ['ContainerCreating', false, 'busy'],
  ['CrashLoopBackOff', false, 'bad'],
  ['ErrImagePull', false, 'bad'],
  ['OOMKilled', false, 'bad'],
  ['Completed', false, 'done'],
  ['Terminating', true, 'gone'],
])('draws a pod that is %s (ready: %s) as %s', (status, ready, tone) => {
  expect(toneOf({ status, ready })).toBe(tone);
});

test('applies changes by uid, and forgets everything at a reset', () => {
  const objects = new Map<string, ClusterObject>();
  applyChange(objects, { type: 'reset', objects: [pod('a'), pod('b')] });
  applyChange(objects, { type: 'set', object: pod('a', 'worker') });
  applyChange(objects, { type: 'gone', uid: 'b' });
  expect([...objects.values()]).toEqual([pod('a', 'worker')]);
  applyChange(objects, { type: 'reset', objects: [] });
  expect(objects.size).toBe(0);
});

test('arranges a rollout of sixty pods within a small part of a frame', () => {
  const objects = new Map<string, ClusterObject>();
  const changes = rollout(60);
  const began = performance.now();
  for (const change of changes) {
    applyChange(objects, change);
    toPicture(objects);
  }
  expect((performance.now() - began) / changes.length).toBeLessThan(4);
  expect(toPicture(objects).pods).toBe(60);
});
