import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  checkSchema,
  labSourceSchema,
  type Check,
  type LabSource,
} from '../../src/protocol/lab.ts';
import { answer, type Answer, type ClusterState } from './answer.ts';
import { createExpectation } from './expectation.ts';
import type { KubeObject } from '../kube/kube-object.ts';

function ask(check: Check, objects: KubeObject[], more: Partial<ClusterState> = {}): Answer {
  const pods = check.resource.kind === 'Pod' ? objects : [];
  const state = { namespaced: true, objects, pods, events: [], ...more };
  return answer(check, createExpectation(check.expect), state);
}

function check(resource: object, expectation: string): Check {
  return checkSchema.parse({ resource: { kind: 'Pod', ...resource }, expect: expectation });
}

function object(name: string, rest: object = {}, metadata: object = {}): KubeObject {
  return { metadata: { name, uid: `uid-${name}`, namespace: 'default', ...metadata }, ...rest };
}

function seen(given: Answer): string {
  expect(given.outcome).toBe('fail');
  return [
    ...(given.evidence?.seen ?? []),
    ...(given.evidence?.events ?? []).map((e) => e.message),
  ].join('\n');
}

const isReady = { conditions: [{ type: 'Ready', status: 'True' }] };
const app = { labels: { app: 'web' } };

async function readLab(name: string): Promise<LabSource> {
  const url = new URL(`../../content/labs/concepts/${name}/lab.yaml`, import.meta.url);
  return labSourceSchema.parse(parse(await readFile(url, 'utf8')));
}

describe('the evidence of mistakes that lessons expect', async () => {
  const lab = await readLab('nodes-pods-containers');
  const checkOf = (step: string, id: string): Check => lab.steps[step]!.checks[id]!;
  const shows = (step: string, index = 0): string => lab.steps[step]!.wrong[index]!.shows;

  it('a wrong image', () => {
    const message = 'Back-off pulling image "kindlab/wep:1"';
    const state = { waiting: { reason: 'ImagePullBackOff', message } };
    const status = { phase: 'Pending', containerStatuses: [{ name: 'hello', state }] };
    const pod = object('hello', { spec: { nodeName: 'worker' }, status });
    expect(seen(ask(checkOf('first-pod', 'hello-running'), [pod]))).toContain(shows('first-pod'));
  });

  it('another namespace', () => {
    const pod = object('hello', {}, { namespace: 'elsewhere' });
    const text = seen(ask(checkOf('first-pod', 'hello-running'), [pod]));
    expect(text).toContain(shows('first-pod', 1));
    expect(text).toContain('elsewhere');
  });

  it('one replica short', () => {
    const web = object('web', { spec: { replicas: 5 }, status: { readyReplicas: 3 } });
    const text = seen(ask(checkOf('six-pods', 'web-ready'), [web]));
    expect(text).toBe('spec.replicas = 5\nstatus.readyReplicas = 3');
    expect(text).toContain(shows('six-pods'));
  });

  it('all pods on the workers', async () => {
    const { checks, wrong } = (await readLab('deployments-and-scheduling')).steps.picture!;
    const pods = [1, 2, 3, 4, 5, 6].map((i) =>
      object(`web-${i}`, { spec: { nodeName: `worker${(i % 2) + 1}` }, status: isReady }, app),
    );
    const text = seen(ask(checks['two-on-each']!, pods));
    expect(text).toContain(wrong[0]!.shows);
    expect(text.split('\n')[0]).toBe('web-1: spec.nodeName = "worker2"');
  });

  it('a note with another address', () => {
    const pods = [1, 2].map((i) =>
      object(
        `web-${i}`,
        { status: { podIP: `10.244.1.${i}`, ...isReady } },
        { ...app, annotations: { note: '10.0.0.1' } },
      ),
    );
    const text = seen(ask(checkOf('look-inside', 'address-noted'), pods));
    expect(text).toContain(
      `web-2: metadata.annotations.note = "${shows('look-inside')}", status.podIP = "10.244.1.2"`,
    );
  });

  it('one container instead of two', () => {
    const status = { ...isReady, containerStatuses: [{ name: 'pair', ready: true }] };
    const text = seen(ask(checkOf('two-containers', 'both-ready'), [object('pair', { status })]));
    expect(text).toBe('status.containerStatuses.size() = 1');
    expect(text).toContain(shows('two-containers'));
  });

  it('a container that was not killed', () => {
    const containerStatuses = ['visitor', 'web'].map((name) => ({
      name,
      ready: true,
      restartCount: 0,
    }));
    const pod = object('pair', { status: { ...isReady, containerStatuses } });
    const text = seen(ask(checkOf('kill-a-container', 'web-restarted'), [pod]));
    expect(text).toContain(shows('kill-a-container'));
  });
});

describe('evidence', () => {
  it('names absent fields', () => {
    const pod = object('a', { status: isReady });
    expect(ask(check({ name: 'a' }, 'object.status.podIP == "x"'), [pod]).evidence?.seen).toEqual([
      'status.podIP is absent',
    ]);
  });

  it('says that no object is here, and where others are', () => {
    const far = object('web-1', {}, { ...app, namespace: 'far' });
    const given = ask(check({ selector: { app: 'web' } }, 'objects.size() == 1'), [far]);
    expect(given.evidence?.seen).toEqual([
      'no Pod with app=web in namespace default; there are some in namespace far',
      'objects.size() = 0',
    ]);
  });

  it('covers cluster-wide kinds, and kinds that the cluster does not have', () => {
    const node = check({ kind: 'Node', name: 'worker' }, 'object.spec.unschedulable');
    expect(seen(ask(node, [], { namespaced: false }))).toBe('no Node named worker');
    expect(
      ask(node, [{ metadata: { name: 'worker', uid: 'w' }, spec: { unschedulable: true } }], {
        namespaced: false,
      }),
    ).toEqual({ outcome: 'pass' });
    expect(seen(ask(node, [], { namespaced: undefined }))).toBe('the cluster has no kind Node yet');
  });

  it('contains the object that decided, however many there are', () => {
    const pods = Array.from({ length: 200 }, (_, i) =>
      object(`p${i}`, { status: { ...isReady, phase: i === 199 ? 'Failed' : 'Running' } }),
    );
    const lines = ask(check({}, 'objects.all(p, p.status.phase == "Running")'), pods).evidence
      ?.seen;
    expect(lines).toHaveLength(13);
    expect(lines?.slice(-2)).toEqual(['p199: status.phase = "Failed"', '… and 188 more']);
  });

  it('is bounded, whatever the cluster contains', () => {
    const annotations = { note: 'x'.repeat(100_000) };
    const pods = Array.from({ length: 50 }, (_, i) => object(`p${i}`, {}, { annotations }));
    const expectation = 'objects.exists(p, p.metadata.annotations.note == p.metadata.name)';
    expect(JSON.stringify(ask(check({}, expectation), pods)).length).toBeLessThan(8_000);
  });

  it('explains a workload by its pods and their owners', () => {
    const web = object('web', { spec: { replicas: 2, selector: { matchLabels: app.labels } } });
    const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } };
    const pod = object('web-1', { status: { containerStatuses: [{ name: 'web', state }] } }, app);
    const event = (message: string, involvedObject: object): KubeObject =>
      object(message, {
        type: 'Warning',
        reason: 'R',
        message,
        involvedObject: { namespace: 'default', ...involvedObject },
      });
    const events = [
      event('of the pod', { kind: 'Pod', name: 'web-1', uid: 'uid-web-1' }),
      event('of its set', { kind: 'ReplicaSet', name: 'web-5d4f8c7b', uid: 'x' }),
      event('of another', { kind: 'ReplicaSet', name: 'webshop-5d4f8c7b', uid: 'y' }),
      event('of a neighbour', { kind: 'Pod', name: 'db', uid: 'z' }),
    ];
    const deployment = check(
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      'object.spec.replicas == 3',
    );
    const { evidence } = ask(deployment, [web], { pods: [pod, object('db')], events });
    expect(evidence?.seen).toEqual([
      'spec.replicas = 2',
      'pod web-1: CrashLoopBackOff, back-off 10s',
    ]);
    expect(evidence?.events.map(({ message }) => message)).toEqual(['of the pod', 'of its set']);
  });

  it('contains each message once, and at most five', () => {
    const pod = object('a', { status: isReady });
    const events = Array.from({ length: 20 }, (_, i) =>
      object(`e${i}`, {
        type: 'Normal',
        reason: 'Pulled',
        message: `image ${Math.floor(i / 2)}`,
        lastTimestamp: `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`,
        involvedObject: { kind: 'Pod', name: 'a', namespace: 'default', uid: 'uid-a' },
      }),
    );
    const { evidence } = ask(check({ name: 'a' }, 'false'), [pod], { events });
    expect(evidence?.events.map(({ message }) => message)).toEqual(
      [9, 8, 7, 6, 5].map((i) => `image ${i}`),
    );
  });
});

it('gives an error for a wrong expression, even without an object', () => {
  expect(ask(check({ name: 'a' }, 'object ='), [])).toMatchObject({ outcome: 'error' });
});

it('shows the value that decided before the whole objects around it', () => {
  const endpoint = (ready: boolean) => ({
    addresses: ['10.244.1.5'],
    conditions: { ready, serving: ready, terminating: false },
    targetRef: { kind: 'Pod', name: 'web-64b8c6c567-42gkl', namespace: 'default' },
  });
  const slice = object('web-abcde', {
    endpoints: [endpoint(false), endpoint(true), endpoint(true)],
  });
  const resource = { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' };
  const wanted = 'objects.exists(s, s.endpoints.all(e, e.conditions.ready))';
  expect(seen(ask(check(resource, wanted), [slice]))).toContain('ready = false');
});
