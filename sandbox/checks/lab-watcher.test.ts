import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterChange } from '../../src/protocol/events.ts';
import { labSchema, type Check } from '../../src/protocol/lab.ts';
import { FakeApiServer, type FakeObject } from '../../tests/support/fake-api-server.ts';
import { createLog } from '../telemetry/log.ts';
import { watchLab, type LabWatcher } from './lab-watcher.ts';

/** Long enough for a busy machine; nothing here takes it on an idle one. */
const PATIENCE = { timeout: 10_000, interval: 10 };
vi.setConfig({ testTimeout: 30_000 });

const hello = {
  resource: { kind: 'Pod', name: 'hello' },
  expect: 'object.status.phase == "Running" && object.spec.nodeName.startsWith("worker")',
};

let server: FakeApiServer;
let watcher: LabWatcher;
let told: CheckResult[];
let drawn: ClusterChange[];

beforeEach(async () => {
  server = await new FakeApiServer().start();
  server.put('Node', node('worker'));
});

afterEach(async () => {
  await watcher[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

function watch(checks: Record<string, unknown>): void {
  const steps = [{ id: 'one', checks: checks as Record<string, Check>, wrong: [], solution: [] }];
  const lab = labSchema.parse({ id: 'unit/lesson', profile: {}, steps });
  told = [];
  drawn = [];
  watcher = watchLab({
    cluster: { kubeConfig: server.kubeConfig() },
    lab,
    log: createLog('silent'),
    onCheck: (result) => told.push(result),
    onCluster: (change) => drawn.push(change),
  });
}

async function until(check: string, outcome: CheckResult['outcome']): Promise<CheckResult> {
  return vi.waitFor(() => {
    const result = watcher.results().find((each) => each.check === check)!;
    expect(result).toMatchObject({ outcome });
    return result;
  }, PATIENCE);
}

/** How often the server was asked, for example for `LIST /api/v1/pods`. */
function asked(request: string): number {
  return server.requests.filter((each) => each === request).length;
}

async function untilSeen(check: string, text: string): Promise<CheckResult> {
  return vi.waitFor(() => {
    const result = watcher.results().find((each) => each.check === check)!;
    expect(JSON.stringify(result.evidence ?? {})).toContain(text);
    return result;
  }, PATIENCE);
}

function node(name: string): FakeObject {
  return { metadata: { name }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
}

function pod(name: string, phase = 'Running', metadata: object = {}): FakeObject {
  const ready = phase === 'Running' ? 'True' : 'False';
  return {
    metadata: { name, ...metadata },
    spec: { nodeName: 'worker' },
    status: { phase, conditions: [{ type: 'Ready', status: ready }] },
  };
}

describe('the answers', () => {
  it('are pending, then what the cluster says, then what it says when it changes', async () => {
    watch({ hello });
    expect(watcher.results()).toMatchObject([{ step: 'one', check: 'hello', outcome: 'pending' }]);
    expect(await until('hello', 'fail')).toMatchObject({
      evidence: {
        expected: hello.expect,
        seen: ['no Pod named hello in namespace default'],
        events: [],
      },
    });
    server.put('Pod', pod('hello', 'Pending'));
    await untilSeen('hello', 'status.phase = \\"Pending\\"');
    server.put('Pod', pod('hello'));
    const passed = await until('hello', 'pass');
    expect(passed.evidence).toBeUndefined();
    server.delete('Pod', 'hello');
    await until('hello', 'fail');
    expect(told.map(({ outcome }) => outcome)).toEqual(['fail', 'fail', 'pass', 'fail']);
    expect(told[0]!.since).toBe(told[1]!.since);
  });

  it('are told once, however often the cluster repeats itself', async () => {
    watch({ hello });
    server.put('Pod', pod('hello'));
    await until('hello', 'pass');
    for (let i = 0; i < 50; i++)
      server.put('Pod', { ...pod('hello'), spec: { nodeName: 'worker', i } });
    server.put('Pod', pod('hello', 'Failed'));
    await until('hello', 'fail');
    expect(told.filter(({ outcome }) => outcome === 'pass')).toHaveLength(1);
  });

  it('name the namespace where such an object is', async () => {
    watch({ hello });
    server.put('Pod', pod('hello', 'Running', { namespace: 'elsewhere' }));
    await untilSeen('hello', 'in namespace default; there is one in namespace elsewhere');
  });

  it('come with the events that explain them, warnings first', async () => {
    watch({ hello, quiet: { ...hello, explain: 'none' } });
    server.put('Pod', pod('hello', 'Pending', { uid: 'the-pod' }));
    const involvedObject = { kind: 'Pod', name: 'hello', namespace: 'default', uid: 'the-pod' };
    const later = { type: 'Normal', reason: 'Pulling', lastTimestamp: '2026-01-01T00:00:09Z' };
    server.put('Event', { metadata: { name: 'a' }, involvedObject, ...later, message: 'now' });
    const failed = { type: 'Warning', reason: 'Failed', count: 3, message: 'no kindlab/wep:1' };
    server.put('Event', { metadata: { name: 'b' }, involvedObject, ...failed });
    const old = { ...involvedObject, uid: 'an-earlier-pod-of-that-name' };
    server.put('Event', { metadata: { name: 'c' }, involvedObject: old, message: 'old' });
    await untilSeen('hello', 'kindlab/wep:1');
    const { evidence } = await untilSeen('hello', 'Pulling');
    expect(evidence?.events).toEqual([
      { ...failed, object: 'pod/hello' },
      { type: 'Normal', reason: 'Pulling', message: 'now', object: 'pod/hello', count: 1 },
    ]);
    expect(watcher.results()[1]?.evidence?.events).toEqual([]);
  });

  it('are errors for expressions that are wrong', async () => {
    watch({
      syntax: { ...hello, expect: 'object. ==' },
      type: { ...hello, expect: 'object.spec.nodeName > 5' },
    });
    server.put('Pod', pod('hello'));
    expect((await until('syntax', 'error')).problem).toContain('not valid CEL');
    expect((await until('type', 'error')).problem).toContain('no matching overload');
  });

  it('wait for a kind that the cluster gets later, and notice when it goes', async () => {
    watch({
      cluster: {
        resource: { apiVersion: 'kubernetes.dask.org/v1', kind: 'DaskCluster', name: 'mine' },
        expect: 'object.status.phase == "Running"',
      },
    });
    await untilSeen('cluster', 'the cluster has no kind DaskCluster yet');
    const kind = { base: '/apis/kubernetes.dask.org/v1', plural: 'daskclusters', namespaced: true };
    server.kinds.push({ ...kind, kind: 'DaskCluster' });
    await untilSeen('cluster', 'no DaskCluster named mine');
    server.put('DaskCluster', pod('mine'));
    await until('cluster', 'pass');
    server.kinds.pop();
    server.endWatches({ code: 410, message: 'gone' });
    await untilSeen('cluster', 'the cluster has no kind DaskCluster yet');
  });

  it('say nothing of what is in a Secret', async () => {
    const resource = { kind: 'Secret', name: 'db' };
    watch({
      value: { resource, expect: 'object.data.password == "x" && object.metadata.name == "y"' },
      whole: { resource, expect: 'object == {}' },
      broken: { resource, expect: 'int(object.data.password) == 1' },
    });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2' };
    server.put('Secret', { metadata: { name: 'db', annotations }, data: { password: 'hunter2' } });
    const { evidence } = await untilSeen('value', 'data.password');
    expect(evidence?.seen).toEqual(['data.password = (not shown)', 'metadata.name = "db"']);
    await until('whole', 'fail');
    await until('broken', 'error');
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  it('look into a namespace of the cluster itself only where a check asks for it', async () => {
    const kind = { kind: 'Pod', namespace: 'kube-system' };
    watch({ dns: { resource: kind, expect: 'objects.size() == 1' }, hello });
    server.put('Pod', pod('hello', 'Running', { namespace: 'kube-system' }));
    await until('dns', 'pass');
    const { evidence } = await until('hello', 'fail');
    expect(evidence?.seen).toEqual(['no Pod named hello in namespace default']);
    expect(watcher.objects().map(({ name }) => name)).toEqual(['worker']);
  });
});

describe('the picture', () => {
  it('is told whole, then change by change', async () => {
    server.put('Pod', pod('a', 'Running', { uid: 'a' }));
    watch({});
    await vi.waitFor(() => expect(drawn).toHaveLength(1), PATIENCE);
    expect(drawn).toMatchObject([
      {
        type: 'reset',
        objects: [
          { kind: 'Node', status: 'Ready' },
          { name: 'a', node: 'worker' },
        ],
      },
    ]);
    server.put('Pod', pod('b', 'Pending', { uid: 'b' }));
    await vi.waitFor(() => expect(drawn).toHaveLength(2), PATIENCE);
    expect(drawn[1]).toMatchObject({ type: 'set', object: { name: 'b', status: 'Pending' } });
    // Not drawn, so not told.
    server.put('Pod', { ...pod('b', 'Pending', { uid: 'b', labels: { x: 'y' } }) });
    server.delete('Pod', 'a');
    await vi.waitFor(() => expect(drawn).toHaveLength(3), PATIENCE);
    expect(drawn[2]).toEqual({ type: 'gone', uid: 'a' });
    expect(watcher.objects().map(({ name }) => name)).toEqual(['worker', 'b']);
  });

  it('has Services with who is behind them, and tells what the cluster warns of', async () => {
    server.put('Service', { metadata: { name: 'web', uid: 'svc' }, spec: { type: 'NodePort' } });
    watch({ hello });
    await vi.waitFor(() => expect(drawn).toHaveLength(1), PATIENCE);
    expect(watcher.objects()).toMatchObject([
      { kind: 'Node' },
      { kind: 'Service', status: 'NodePort', ready: false, endpoints: [] },
    ]);
    server.put('EndpointSlice', {
      metadata: { name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [{ addresses: ['10.244.1.2'], targetRef: { kind: 'Pod', uid: 'a' } }],
    });
    await vi.waitFor(() => expect(drawn).toHaveLength(2), PATIENCE);
    expect(drawn[1]).toMatchObject({
      object: { ready: true, endpoints: [{ pod: 'a', address: '10.244.1.2', ready: true }] },
    });
    server.delete('EndpointSlice', 'web-x');
    await vi.waitFor(() => expect(drawn).toHaveLength(3), PATIENCE);
    expect(drawn[2]).toMatchObject({ object: { ready: false, endpoints: [] } });
    const about = { kind: 'Pod', name: 'b', namespace: 'default', uid: 'b' };
    server.put('Event', {
      metadata: { name: 'e1' },
      type: 'Warning',
      reason: 'FailedScheduling',
      message: '0/3 nodes are available',
      involvedObject: about,
    });
    await vi.waitFor(() => expect(drawn).toHaveLength(4), PATIENCE);
    expect(drawn[3]).toMatchObject({ type: 'news', news: { name: 'b', isWarning: true } });
  });
});

describe('trouble', () => {
  it('is an error while the API server is away, and over when it is back', async () => {
    server.put('Pod', pod('hello'));
    server.put('Pod', pod('doomed', 'Running', { uid: 'doomed' }));
    watch({ hello });
    await until('hello', 'pass');
    await server.stop();
    expect((await until('hello', 'error')).problem).toContain('does not answer');
    server.delete('Pod', 'doomed');
    server.put('Pod', pod('fresh', 'Running', { uid: 'fresh' }));
    await server.start();
    await until('hello', 'pass');
    await vi.waitFor(() => expect(watcher.objects()).toHaveLength(3), PATIENCE);
    // The first picture, and what changed meanwhile; nothing twice.
    expect(drawn).toMatchObject([{ type: 'reset' }, { type: 'gone' }, { type: 'set' }]);
    await vi.waitFor(() => expect(server.watches).toBe(5), PATIENCE);
  });

  it('of one moment changes no answer', async () => {
    server.put('Pod', pod('hello'));
    watch({ hello });
    await until('hello', 'pass');
    await vi.waitFor(() => expect(server.watches).toBe(5), PATIENCE);
    server.breakConnections();
    await vi.waitFor(() => expect(asked('WATCH /api/v1/pods')).toBe(2), PATIENCE);
    server.put('Pod', pod('hello', 'Pending'));
    await until('hello', 'fail');
    expect(told.map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
    expect(drawn.map(({ type }) => type)).toEqual(['reset', 'set']);
  });

  it('is nothing when the server ends a watch, or has forgotten where it was', async () => {
    server.put('Pod', pod('hello'));
    watch({ hello });
    await until('hello', 'pass');
    await vi.waitFor(() => expect(server.watches).toBe(5), PATIENCE);
    server.endWatches();
    await vi.waitFor(() => expect(asked('WATCH /api/v1/pods')).toBe(2), PATIENCE);
    // Continued, not begun anew.
    expect(asked('LIST /api/v1/pods')).toBe(1);
    server.compact();
    server.endWatches();
    await vi.waitFor(() => expect(asked('LIST /api/v1/pods')).toBe(2), PATIENCE);
    server.put('Pod', pod('hello', 'Pending'));
    await until('hello', 'fail');
    expect(told.map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
  });

  it('of one kind leaves the others alone', async () => {
    server.failWith = (path) => (path.includes('deployments') ? 500 : undefined);
    server.put('Pod', pod('hello'));
    const resource = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    watch({ hello, web: { resource, expect: 'object.spec.replicas == 1' } });
    expect((await until('web', 'error')).problem).toContain('500 as the test wants it');
    await until('hello', 'pass');
    server.failWith = undefined;
    await until('web', 'fail');
  });

  it('does not make it ask more and more often', async () => {
    server.failWith = () => 500;
    watch({ hello });
    await until('hello', 'error');
    const before = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.requests.length - before).toBeLessThan(15);
  });
});

describe('asking', () => {
  const { signal } = new AbortController();

  it('gets a fresh answer, whatever the watches have heard', async () => {
    watch({ hello });
    await until('hello', 'fail');
    server.isMute = true;
    server.put('Pod', pod('hello'));
    expect(await watcher.ask('one', signal)).toMatchObject([{ outcome: 'pass' }]);
    expect(told.at(-1)).toMatchObject({ outcome: 'pass' });
  });

  it('asks once for those who ask together', async () => {
    watch({ hello });
    await until('hello', 'fail');
    const answers = await Promise.all([watcher.ask('one', signal), watcher.ask('one', signal)]);
    expect(answers[0]).toEqual(answers[1]);
    expect(asked('LIST /api/v1/namespaces/default/pods')).toBe(1);
  });

  it('gets an error when the API server does not answer', async () => {
    watch({ hello });
    await until('hello', 'fail');
    await server.stop();
    expect(await watcher.ask('one', signal)).toMatchObject([
      { outcome: 'error', problem: expect.stringContaining('does not answer') as unknown },
    ]);
  });

  it('gets an error when only the question fails, which does not last', async () => {
    server.put('Pod', pod('hello'));
    watch({ hello });
    await until('hello', 'pass');
    server.failWith = (path) => (path.includes('/namespaces/') ? 503 : undefined);
    expect(await watcher.ask('one', signal)).toMatchObject([{ outcome: 'error' }]);
    await until('hello', 'pass');
  });

  it('refuses steps that the lab does not have', async () => {
    watch({ hello });
    await expect(watcher.ask('two', signal)).rejects.toMatchObject({ code: 'LAB_STEP_UNKNOWN' });
  });

  it('ends with its signal, and with the watcher', async () => {
    watch({ hello });
    await until('hello', 'fail');
    await expect(watcher.ask('one', AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
    const refused = expect(watcher.ask('one', signal)).rejects.toMatchObject({
      code: 'LAB_SESSION_ENDED',
    });
    await watcher[Symbol.asyncDispose]();
    await refused;
    await expect(watcher.ask('one', signal)).rejects.toMatchObject({ code: 'LAB_SESSION_ENDED' });
  });
});

it('leaves nothing behind', async () => {
  watch({ hello });
  await until('hello', 'fail');
  await vi.waitFor(() => expect(server.watches).toBe(5), PATIENCE);
  server.put('Pod', pod('hello'));
  await watcher[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(server.connections).toBe(0), PATIENCE);
  const before = [told.length, drawn.length];
  server.put('Pod', pod('another'));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect([told.length, drawn.length]).toEqual(before);
});
