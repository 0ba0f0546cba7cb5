import { describe, expect, it } from 'vitest';
import { delay, Mutex, Semaphore, unlessAborted, until, withTimeout } from './async.ts';

/** Tasks that end when the test says so, and a record of what has started. */
class Tasks {
  readonly started: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<string>>();

  task(name: string): () => Promise<string> {
    const end = Promise.withResolvers<string>();
    this.#ends.set(name, end);
    return async () => {
      this.started.push(name);
      return end.promise;
    };
  }

  end(name: string): void {
    this.#ends.get(name)?.resolve(name);
  }

  fail(name: string): void {
    this.#ends.get(name)?.reject(new Error(name));
  }
}

describe('a semaphore', () => {
  it('runs so many tasks at once, and the others in the order of the calls', async () => {
    const tasks = new Tasks();
    const semaphore = new Semaphore(2);
    const runs = ['a', 'b', 'c', 'd'].map(async (name) => semaphore.run(tasks.task(name)));
    await delay(1);
    expect(tasks.started).toEqual(['a', 'b']);
    tasks.end('b');
    expect(await runs[1]).toBe('b');
    await delay(1);
    expect(tasks.started).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd']) tasks.end(name);
    expect(await Promise.all(runs)).toEqual(['a', 'b', 'c', 'd']);
    expect(tasks.started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets no newcomer overtake a task that waits', async () => {
    const tasks = new Tasks();
    const semaphore = new Semaphore(1);
    void semaphore.run(tasks.task('a'));
    const waiting = semaphore.run(tasks.task('b'));
    tasks.end('a');
    const newcomer = semaphore.run(tasks.task('c'));
    for (const name of ['b', 'c']) tasks.end(name);
    await Promise.all([waiting, newcomer]);
    expect(tasks.started).toEqual(['a', 'b', 'c']);
  });
});

describe('a mutex', () => {
  it('starts the next task after one that failed or threw', async () => {
    const tasks = new Tasks();
    const mutex = new Mutex();
    const failing = mutex.run(tasks.task('a'));
    const throwing = mutex.run(() => {
      throw new Error('b');
    });
    const last = mutex.run(tasks.task('c'));
    tasks.end('c');
    tasks.fail('a');
    await expect(failing).rejects.toThrow('a');
    await expect(throwing).rejects.toThrow('b');
    expect(await last).toBe('c');
  });

  it('is idle when all that was queued has ended', async () => {
    const tasks = new Tasks();
    const mutex = new Mutex();
    await mutex.idle();
    const failing = mutex.run(tasks.task('a'));
    let isIdle = false;
    const idle = mutex.idle().then(() => (isIdle = true));
    await delay(1);
    expect(isIdle).toBe(false);
    tasks.fail('a');
    await expect(failing).rejects.toThrow('a');
    await idle;
  });
});

describe('unlessAborted', () => {
  it('settles as the promise does', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('rejects with the reason when the signal is aborted, before or meanwhile', async () => {
    const controller = new AbortController();
    const work = Promise.withResolvers<undefined>();
    const waiting = unlessAborted(work.promise, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(unlessAborted(work.promise, controller.signal)).rejects.toThrow('enough');
    // A failure that comes later is ignored: unhandled, it would end the test run.
    work.reject(new Error('late'));
    await delay(1);
  });
});

describe('withTimeout', () => {
  it('is aborted with the signal', () => {
    const controller = new AbortController();
    const limit = withTimeout(controller.signal, 60_000);
    controller.abort(new Error('enough'));
    expect(limit.reason).toMatchObject({ message: 'enough' });
  });

  it('is aborted after the time', async () => {
    const limit = withTimeout(undefined, 1);
    await expect(delay(10_000, limit)).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('delay', () => {
  it('rejects with the reason when the signal is aborted', async () => {
    const controller = new AbortController();
    const waiting = delay(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(delay(0, controller.signal)).rejects.toThrow('enough');
  });
});

describe('until', () => {
  it('asks again after "no" and after an error', async () => {
    const answers: (() => boolean)[] = [
      () => false,
      () => {
        throw new Error('not yet');
      },
      () => true,
    ];
    await until(() => answers.shift()!(), { pollMs: 1 });
    expect(answers).toEqual([]);
  });

  it('gives up in time, and says what the last question ran into', async () => {
    const ask = async (): Promise<boolean> => Promise.reject(new Error('refused'));
    await expect(
      until(ask, { what: 'it answers', pollMs: 60_000, timeoutMs: 10 }),
    ).rejects.toMatchObject({
      message: 'not within 0.01 s: it answers',
      cause: { message: 'refused' },
    });
  });

  it('does not wait for an answer that takes too long', async () => {
    let asked = 0;
    const signals: AbortSignal[] = [];
    const ask = (signal: AbortSignal): boolean | Promise<boolean> => {
      signals.push(signal);
      return ++asked > 1 || new Promise(() => undefined);
    };
    await until(ask, { pollMs: 1, attemptMs: 5 });
    expect(signals[0]?.aborted).toBe(true);
  });

  it('gives up in time when a question is never answered', async () => {
    const ask = async (): Promise<boolean> => new Promise(() => undefined);
    await expect(until(ask, { what: 'it answers', timeoutMs: 10 })).rejects.toMatchObject({
      message: 'not within 0.01 s: it answers',
      cause: { name: 'TimeoutError' },
    });
  });

  it('rejects with the reason when the signal is aborted', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const silent = until(async () => new Promise(() => undefined), { signal });
    const polling = until(() => false, { signal, pollMs: 60_000 });
    controller.abort(new Error('enough'));
    await expect(silent).rejects.toThrow('enough');
    await expect(polling).rejects.toThrow('enough');
    await expect(until(() => true, { signal })).rejects.toThrow('enough');
  });
});
