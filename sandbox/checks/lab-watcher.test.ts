import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hello, PATIENCE, pod, WatchedLab } from '../../tests/support/watched-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

let lab: WatchedLab;

beforeEach(async () => {
  lab = await WatchedLab.start();
});

afterEach(async () => lab[Symbol.asyncDispose]());

describe('the results', () => {
  it('are pending at first, then follow the cluster', async () => {
    lab.watch({ hello });
    expect(lab.watcher.results()).toMatchObject([
      { step: 'one', check: 'hello', outcome: 'pending' },
    ]);
    expect(await lab.until('hello', 'fail')).toMatchObject({
      evidence: {
        expected: hello.expect,
        seen: ['no Pod named hello in namespace default'],
        events: [],
      },
    });
    lab.server.put('Pod', pod('hello', 'Pending'));
    await lab.untilEvidence('hello', 'status.phase = \\"Pending\\"');
    lab.server.put('Pod', pod('hello'));
    const passed = await lab.until('hello', 'pass');
    expect(passed.evidence).toBeUndefined();
    lab.server.delete('Pod', 'hello');
    await lab.until('hello', 'fail');
    expect(lab.results.map(({ outcome }) => outcome)).toEqual(['fail', 'fail', 'pass', 'fail']);
    expect(lab.results[0]!.since).toBe(lab.results[1]!.since);
  });

  it('are reported once, however often the cluster repeats itself', async () => {
    lab.watch({ hello });
    lab.server.put('Pod', pod('hello'));
    await lab.until('hello', 'pass');
    for (let i = 0; i < 50; i++)
      lab.server.put('Pod', { ...pod('hello'), spec: { nodeName: 'worker', i } });
    lab.server.put('Pod', pod('hello', 'Failed'));
    await lab.until('hello', 'fail');
    expect(lab.results.filter(({ outcome }) => outcome === 'pass')).toHaveLength(1);
  });

  it('name the other namespace that has such an object', async () => {
    lab.watch({ hello });
    lab.server.put('Pod', pod('hello', 'Running', { namespace: 'elsewhere' }));
    await lab.untilEvidence('hello', 'in namespace default; there is one in namespace elsewhere');
  });

  it('show the events that explain them, warnings first', async () => {
    lab.watch({ hello, quiet: { ...hello, explain: 'none' } });
    lab.server.put('Pod', pod('hello', 'Pending', { uid: 'the-pod' }));
    const involvedObject = { kind: 'Pod', name: 'hello', namespace: 'default', uid: 'the-pod' };
    const later = { type: 'Normal', reason: 'Pulling', lastTimestamp: '2026-01-01T00:00:09Z' };
    lab.server.put('Event', { metadata: { name: 'a' }, involvedObject, ...later, message: 'now' });
    const failed = { type: 'Warning', reason: 'Failed', count: 3, message: 'no kindlab/wep:1' };
    lab.server.put('Event', { metadata: { name: 'b' }, involvedObject, ...failed });
    const old = { ...involvedObject, uid: 'an-earlier-pod-of-that-name' };
    lab.server.put('Event', { metadata: { name: 'c' }, involvedObject: old, message: 'old' });
    await lab.untilEvidence('hello', 'kindlab/wep:1');
    const { evidence } = await lab.untilEvidence('hello', 'Pulling');
    expect(evidence?.events).toEqual([
      { ...failed, object: 'pod/hello' },
      { type: 'Normal', reason: 'Pulling', message: 'now', object: 'pod/hello', count: 1 },
    ]);
    expect(lab.watcher.results()[1]?.evidence?.events).toEqual([]);
  });

  it('are errors when the expression is wrong', async () => {
    lab.watch({
      syntax: { ...hello, expect: 'object. ==' },
      type: { ...hello, expect: 'object.spec.nodeName > 5' },
    });
    lab.server.put('Pod', pod('hello'));
    expect((await lab.until('syntax', 'error')).problem).toContain('not valid CEL');
    expect((await lab.until('type', 'error')).problem).toContain('no matching overload');
  });

  it('wait for a kind that the cluster gets later, and notice its removal', async () => {
    lab.watch({
      cluster: {
        resource: { apiVersion: 'kubernetes.dask.org/v1', kind: 'DaskCluster', name: 'mine' },
        expect: 'object.status.phase == "Running"',
      },
    });
    await lab.untilEvidence('cluster', 'the cluster has no kind DaskCluster yet');
    const kind = { base: '/apis/kubernetes.dask.org/v1', plural: 'daskclusters', namespaced: true };
    lab.server.kinds.push({ ...kind, kind: 'DaskCluster' });
    await lab.untilEvidence('cluster', 'no DaskCluster named mine');
    lab.server.put('DaskCluster', pod('mine'));
    await lab.until('cluster', 'pass');
    lab.server.kinds.pop();
    lab.server.endWatches({ code: 410, message: 'gone' });
    await lab.untilEvidence('cluster', 'the cluster has no kind DaskCluster yet');
  });

  it('never show the content of a Secret', async () => {
    const resource = { kind: 'Secret', name: 'db' };
    lab.watch({
      value: { resource, expect: 'object.data.password == "x" && object.metadata.name == "y"' },
      whole: { resource, expect: 'object == {}' },
      broken: { resource, expect: 'int(object.data.password) == 1' },
    });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2' };
    lab.server.put('Secret', {
      metadata: { name: 'db', annotations },
      data: { password: 'hunter2' },
    });
    const { evidence } = await lab.untilEvidence('value', 'data.password');
    expect(evidence?.seen).toEqual(['data.password = (not shown)', 'metadata.name = "db"']);
    await lab.until('whole', 'fail');
    await lab.until('broken', 'error');
    expect(JSON.stringify(lab.results)).not.toContain('hunter2');
  });

  it('cover a system namespace only if the check names it', async () => {
    const kind = { kind: 'Pod', namespace: 'kube-system' };
    lab.watch({ dns: { resource: kind, expect: 'objects.size() == 1' }, hello });
    lab.server.put('Pod', pod('hello', 'Running', { namespace: 'kube-system' }));
    await lab.until('dns', 'pass');
    const { evidence } = await lab.until('hello', 'fail');
    expect(evidence?.seen).toEqual(['no Pod named hello in namespace default']);
    expect(lab.watcher.objects().map(({ name }) => name)).toEqual(['worker']);
  });
});

it('leaves no connection and calls no listener after disposal', async () => {
  lab.watch({ hello });
  await lab.until('hello', 'fail');
  await lab.untilWatches(5);
  lab.server.put('Pod', pod('hello'));
  await lab.watcher[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(lab.server.connections).toBe(0), PATIENCE);
  const before = [lab.results.length, lab.changes.length];
  lab.server.put('Pod', pod('another'));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect([lab.results.length, lab.changes.length]).toEqual(before);
});
