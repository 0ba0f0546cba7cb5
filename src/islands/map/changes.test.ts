import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { ja } from '../../i18n/ja.ts';
import type { ClusterChange, ClusterNews, ClusterObject } from '../../protocol/events.ts';
import { ChangeLog } from './change-log.ts';
import { changeText } from './change-text.ts';
import { changesOf } from './changes.ts';
import { applyChange } from './cluster-model.ts';
import { rollout } from './synthetic.ts';

class Story {
  readonly objects = new Map<string, ClusterObject>();
  readonly log = new ChangeLog();
  now = 0;

  apply(change: ClusterChange): this {
    for (const each of changesOf(this.objects, change)) this.log.add(each, this.now);
    applyChange(this.objects, change);
    this.now += 100;
    return this;
  }

  set(object: Partial<ClusterObject>): this {
    const known = [...this.objects.values()].find(({ name }) => name === object.name);
    const fresh = { uid: object.name ?? '', restarts: 0, namespace: 'default', ready: false };
    return this.apply({
      type: 'set',
      object: { kind: 'Pod', status: 'Pending', name: '', ...fresh, ...known, ...object },
    });
  }

  say(reason: string, message: string, about: Partial<ClusterNews> = {}): this {
    const news = { kind: 'Pod', namespace: 'default', name: 'web', isWarning: true, ...about };
    return this.apply({ type: 'news', news: { ...news, reason, message } });
  }

  get lines(): string[] {
    return this.log.entries.map((each) =>
      [changeText(each, en.map, 'en'), each.why].filter(Boolean).join(' | '),
    );
  }
}

test('follows a pod from its placement to its end, with the reason for a restart', () => {
  const story = new Story()
    .set({ name: 'web' })
    .set({ name: 'web', node: 'worker2', status: 'ContainerCreating' })
    .set({ name: 'web', status: 'Running', ready: true })
    .set({ name: 'web', restarts: 1, why: 'OOMKilled' })
    .set({ name: 'web', status: 'Terminating' })
    .apply({ type: 'gone', uid: 'web' });
  expect(story.lines).toEqual([
    'web gone',
    'web terminating',
    'web restarted | OOMKilled',
    'web became ready',
    'web placed on worker2',
  ]);
});

test('says once why a pod waits, with the event’s reason', () => {
  const message = '0/3 nodes are available: 3 Insufficient memory.';
  const story = new Story()
    .set({ name: 'web' })
    .set({ name: 'web', why: message })
    .say('FailedScheduling', message)
    .say('FailedScheduling', message);
  expect(story.lines).toEqual([`web waiting for a node | FailedScheduling: ${message}`]);
});

test('lists a warning about nothing that changed, and does not move it when it repeats', () => {
  const story = new Story().say('Unhealthy', 'Readiness probe failed: 503');
  story.now += 20_000;
  story.set({ name: 'b', node: 'worker' }).say('Unhealthy', 'Readiness probe failed: 503');
  expect(story.lines).toEqual([
    'b placed on worker',
    'web | Unhealthy: Readiness probe failed: 503',
  ]);
});

test('reports nodes, Services and scaling', () => {
  const node = { kind: 'Node', name: 'worker', status: 'Ready', ready: true } as const;
  const service = { kind: 'Service', name: 'front', status: 'LoadBalancer', ready: true } as const;
  const endpoint = { pod: 'web', address: '10.244.1.2', ready: true };
  const story = new Story().set(node).set({ ...node, status: 'NotReady', ready: false });
  story.set({ ...node, status: 'Ready,SchedulingDisabled' }).set({ name: 'web', node: 'worker' });
  story.set(service).set({ ...service, endpoints: [endpoint] });
  story.set({ ...service, endpoints: [{ ...endpoint, ready: false }] });
  story.set({ ...service, addresses: ['10.96.0.4', '10.89.0.100'] });
  story.say('ScalingReplicaSet', 'Scaled up replica set web-5d from 3 to 6', {
    kind: 'Deployment',
    isWarning: false,
  });
  expect(story.lines.map((line) => line.split(' | ')[0])).toEqual([
    'web scaled 3 → 6',
    'front got the address 10.89.0.100',
    'front no longer sends traffic to web',
    'front now sends traffic to web',
    'Service front created',
    'web placed on worker',
    'worker cordoned: no new pods',
    'Node worker became Ready',
    'Node worker became NotReady',
    'Node worker joined',
  ]);
});

test('merges the changes of one owner’s pods, and keeps the list short', () => {
  const story = new Story();
  for (const change of rollout(60)) {
    story.apply(change);
    story.now -= 90;
  }
  expect(story.log.entries.length).toBeLessThanOrEqual(24);
  expect(story.lines).toContain('60 pods of web became ready');
  expect(story.lines).toContain('60 pods of web placed on worker, worker2');
});

test('reports what changed while the stream was interrupted', () => {
  const story = new Story().set({ name: 'a', node: 'worker' });
  story.apply({ type: 'reset', objects: [] });
  expect(story.lines[0]).toBe('a gone');
});

test('has words for every kind of change in each language', () => {
  expect(Object.keys(ja.map.changes)).toEqual(Object.keys(en.map.changes));
});
