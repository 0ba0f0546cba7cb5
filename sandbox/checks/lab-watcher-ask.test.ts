import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hello, pod, WatchedLab } from '../../tests/support/watched-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

let lab: WatchedLab;

beforeEach(async () => {
  lab = await WatchedLab.start();
});

afterEach(async () => lab[Symbol.asyncDispose]());

describe('asking', () => {
  const { signal } = new AbortController();

  it('gets a fresh answer, whatever the watches know', async () => {
    lab.watch({ hello });
    await lab.until('hello', 'fail');
    lab.server.isMute = true;
    lab.server.put('Pod', pod('hello'));
    expect(await lab.watcher.ask('one', signal)).toMatchObject([{ outcome: 'pass' }]);
    expect(lab.results.at(-1)).toMatchObject({ outcome: 'pass' });
  });

  it('sends one request for simultaneous questions', async () => {
    lab.watch({ hello });
    await lab.until('hello', 'fail');
    const answers = await Promise.all([
      lab.watcher.ask('one', signal),
      lab.watcher.ask('one', signal),
    ]);
    expect(answers[0]).toEqual(answers[1]);
    expect(lab.requestCount('LIST /api/v1/namespaces/default/pods')).toBe(1);
  });

  it('gets an error when the API server does not answer', async () => {
    lab.watch({ hello });
    await lab.until('hello', 'fail');
    await lab.server.stop();
    expect(await lab.watcher.ask('one', signal)).toMatchObject([
      { outcome: 'error', problem: expect.stringContaining('does not answer') as unknown },
    ]);
  });

  it('gets an error that does not last when only the question fails', async () => {
    lab.server.put('Pod', pod('hello'));
    lab.watch({ hello });
    await lab.until('hello', 'pass');
    lab.server.failWith = (path) => (path.includes('/namespaces/') ? 503 : undefined);
    expect(await lab.watcher.ask('one', signal)).toMatchObject([{ outcome: 'error' }]);
    await lab.until('hello', 'pass');
  });

  it('refuses steps that the lab does not have', async () => {
    lab.watch({ hello });
    await expect(lab.watcher.ask('two', signal)).rejects.toMatchObject({
      code: 'LAB_STEP_UNKNOWN',
    });
  });

  it('ends when its signal is aborted, or the watcher disposed', async () => {
    lab.watch({ hello });
    await lab.until('hello', 'fail');
    await expect(lab.watcher.ask('one', AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
    const refused = expect(lab.watcher.ask('one', signal)).rejects.toMatchObject({
      code: 'LAB_SESSION_ENDED',
    });
    await lab.watcher[Symbol.asyncDispose]();
    await refused;
    await expect(lab.watcher.ask('one', signal)).rejects.toMatchObject({
      code: 'LAB_SESSION_ENDED',
    });
  });
});
