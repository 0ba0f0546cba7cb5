import { expect, test } from 'vitest';
import type { ClusterObject } from '../protocol/events.ts';
import { applyChange, toPicture } from './cluster-model.ts';

const node = (name: string, ready = true): ClusterObject => ({
  kind: 'Node',
  uid: name,
  name,
  status: ready ? 'Ready' : 'NotReady',
  ready,
  restarts: 0,
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

test('the control plane comes first, pods are in the order of their numbers', () => {
  const { nodes } = toPicture([
    node('worker2'),
    node('worker'),
    node('control-plane'),
    pod('web-10', 'worker'),
    pod('web-2', 'worker'),
  ]);
  expect(nodes.map((each) => each.node.name)).toEqual(['control-plane', 'worker', 'worker2']);
  expect(nodes[1]?.pods.map(({ name }) => name)).toEqual(['web-2', 'web-10']);
});

test('the pods of the system are counted, not shown', () => {
  const { nodes, pods } = toPicture([
    node('worker'),
    pod('kube-proxy', 'worker', { namespace: 'kube-system' }),
    pod('web', 'worker'),
  ]);
  expect(nodes[0]?.systemPods).toBe(1);
  expect(pods).toBe(1);
});

test('a pod without a node, or on one that is gone, waits aside', () => {
  const { unscheduled } = toPicture([node('worker'), pod('a'), pod('b', 'worker9')]);
  expect(unscheduled.map(({ name }) => name)).toEqual(['a', 'b']);
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
])('a pod that is %s (ready: %s) looks %s', (status, ready, tone) => {
  const { unscheduled } = toPicture([pod('web', undefined, { status, ready })]);
  expect(unscheduled[0]?.tone).toBe(tone);
});

test('changes apply by uid, and a reset forgets what was before', () => {
  const objects = new Map<string, ClusterObject>();
  applyChange(objects, { type: 'reset', objects: [pod('a'), pod('b')] });
  applyChange(objects, { type: 'set', object: pod('a', 'worker') });
  applyChange(objects, { type: 'gone', uid: 'b' });
  expect([...objects.values()]).toEqual([pod('a', 'worker')]);
  applyChange(objects, { type: 'reset', objects: [] });
  expect(objects.size).toBe(0);
});
