import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hello, PATIENCE, pod, WatchedLab } from '../../tests/support/watched-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

let lab: WatchedLab;

beforeEach(async () => {
  lab = await WatchedLab.start();
});

afterEach(async () => lab[Symbol.asyncDispose]());

describe('an API server in trouble', () => {
  it('gives errors while it is away, and answers again when it is back', async () => {
    lab.server.put('Pod', pod('hello'));
    lab.server.put('Pod', pod('doomed', 'Running', { uid: 'doomed' }));
    lab.watch({ hello });
    await lab.until('hello', 'pass');
    await lab.server.stop();
    expect((await lab.until('hello', 'error')).problem).toContain('does not answer');
    lab.server.delete('Pod', 'doomed');
    lab.server.put('Pod', pod('fresh', 'Running', { uid: 'fresh' }));
    await lab.server.start();
    await lab.until('hello', 'pass');
    await vi.waitFor(() => expect(lab.watcher.objects()).toHaveLength(3), PATIENCE);
    // The first picture, then what changed meanwhile; nothing twice.
    expect(lab.changes).toMatchObject([{ type: 'reset' }, { type: 'gone' }, { type: 'set' }]);
    await lab.untilWatches(5);
  });

  it('changes no result when connections break for a moment', async () => {
    lab.server.put('Pod', pod('hello'));
    lab.watch({ hello });
    await lab.until('hello', 'pass');
    await lab.untilWatches(5);
    lab.server.breakConnections();
    await vi.waitFor(() => expect(lab.requestCount('WATCH /api/v1/pods')).toBe(2), PATIENCE);
    lab.server.put('Pod', pod('hello', 'Pending'));
    await lab.until('hello', 'fail');
    expect(lab.results.map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
    expect(lab.changes.map(({ type }) => type)).toEqual(['reset', 'set']);
  });

  it('may end a watch, or forget where it was', async () => {
    lab.server.put('Pod', pod('hello'));
    lab.watch({ hello });
    await lab.until('hello', 'pass');
    await lab.untilWatches(5);
    lab.server.endWatches();
    await vi.waitFor(() => expect(lab.requestCount('WATCH /api/v1/pods')).toBe(2), PATIENCE);
    // The watch was continued, without a new list.
    expect(lab.requestCount('LIST /api/v1/pods')).toBe(1);
    lab.server.compact();
    lab.server.endWatches();
    await vi.waitFor(() => expect(lab.requestCount('LIST /api/v1/pods')).toBe(2), PATIENCE);
    lab.server.put('Pod', pod('hello', 'Pending'));
    await lab.until('hello', 'fail');
    expect(lab.results.map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
  });

  it('affects only the checks of the kind that fails', async () => {
    lab.server.failWith = (path) => (path.includes('deployments') ? 500 : undefined);
    lab.server.put('Pod', pod('hello'));
    const resource = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    lab.watch({ hello, web: { resource, expect: 'object.spec.replicas == 1' } });
    expect((await lab.until('web', 'error')).problem).toContain('500 as the test wants it');
    await lab.until('hello', 'pass');
    lab.server.failWith = undefined;
    await lab.until('web', 'fail');
  });

  it('gets no growing number of requests', async () => {
    lab.server.failWith = () => 500;
    lab.watch({ hello });
    await lab.until('hello', 'error');
    const before = lab.server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(lab.server.requests.length - before).toBeLessThan(15);
  });
});
