import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hello, pod, WatchedLab } from '../../tests/support/watched-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

let lab: WatchedLab;

beforeEach(async () => {
  lab = await WatchedLab.start();
});

afterEach(async () => lab[Symbol.asyncDispose]());

describe('the live picture', () => {
  it('is reported whole, then change by change', async () => {
    lab.server.put('Pod', pod('a', 'Running', { uid: 'a' }));
    lab.watch({});
    await lab.untilChanges(1);
    expect(lab.changes).toMatchObject([
      {
        type: 'reset',
        objects: [
          { kind: 'Node', status: 'Ready' },
          { name: 'a', node: 'worker' },
        ],
      },
    ]);
    lab.server.put('Pod', pod('b', 'Pending', { uid: 'b' }));
    await lab.untilChanges(2);
    expect(lab.changes[1]).toMatchObject({ type: 'set', object: { name: 'b', status: 'Pending' } });
    // Not visible in the picture, so not reported.
    lab.server.put('Pod', { ...pod('b', 'Pending', { uid: 'b', labels: { x: 'y' } }) });
    lab.server.delete('Pod', 'a');
    await lab.untilChanges(3);
    expect(lab.changes[2]).toEqual({ type: 'gone', uid: 'a' });
    expect(lab.watcher.objects().map(({ name }) => name)).toEqual(['worker', 'b']);
  });

  it('shows Services with their endpoints, and reports warnings of the cluster', async () => {
    lab.server.put('Service', {
      metadata: { name: 'web', uid: 'svc' },
      spec: { type: 'NodePort' },
    });
    lab.watch({ hello });
    await lab.untilChanges(1);
    expect(lab.watcher.objects()).toMatchObject([
      { kind: 'Node' },
      { kind: 'Service', status: 'NodePort', ready: false, endpoints: [] },
    ]);
    lab.server.put('EndpointSlice', {
      metadata: { name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [{ addresses: ['10.244.1.2'], targetRef: { kind: 'Pod', uid: 'a' } }],
    });
    await lab.untilChanges(2);
    expect(lab.changes[1]).toMatchObject({
      object: { ready: true, endpoints: [{ pod: 'a', address: '10.244.1.2', ready: true }] },
    });
    lab.server.delete('EndpointSlice', 'web-x');
    await lab.untilChanges(3);
    expect(lab.changes[2]).toMatchObject({ object: { ready: false, endpoints: [] } });
    const about = { kind: 'Pod', name: 'b', namespace: 'default', uid: 'b' };
    lab.server.put('Event', {
      metadata: { name: 'e1' },
      type: 'Warning',
      reason: 'FailedScheduling',
      message: '0/3 nodes are available',
      involvedObject: about,
    });
    await lab.untilChanges(4);
    expect(lab.changes[3]).toMatchObject({ type: 'news', news: { name: 'b', isWarning: true } });
  });
});
