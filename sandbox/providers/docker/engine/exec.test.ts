import type Dockerode from 'dockerode';
import { Duplex, PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { execCollect } from './exec.ts';
import { openExecStream } from './exec-stream.ts';

const STDOUT = 1;
const STDERR = 2;

function piece(stream: number, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** An engine whose one command prints what the test pushes into `output`. */
class FakeDocker {
  readonly output = new PassThrough();
  readonly input = new PassThrough();
  readonly connection = Duplex.from({ readable: this.output, writable: this.input });
  /** What `inspect` answers, one after another; the last stays. */
  states: { Running: boolean; ExitCode: number | null }[] = [{ Running: false, ExitCode: 0 }];
  created = 0;
  started = 0;
  onCreate: () => void = () => undefined;
  onStart: () => void = () => undefined;

  get docker(): Dockerode {
    const exec = {
      start: async () => {
        this.started++;
        this.onStart();
        return Promise.resolve(this.connection);
      },
      inspect: async () =>
        Promise.resolve(this.states.length > 1 ? this.states.shift() : this.states[0]),
    };
    const container = {
      exec: async () => {
        this.created++;
        this.onCreate();
        return Promise.resolve(exec);
      },
    };
    return { getContainer: () => container } as unknown as Dockerode;
  }

  print(...pieces: Buffer[]): void {
    for (const bytes of pieces) this.output.write(bytes);
    this.output.end();
  }
}

describe('a command to its end', () => {
  it('waits for the exit code, which comes after the end of the output', async () => {
    const fake = new FakeDocker();
    fake.states = [
      { Running: true, ExitCode: null },
      { Running: true, ExitCode: null },
      { Running: false, ExitCode: 4 },
    ];
    fake.print(piece(STDOUT, 'out'), piece(STDERR, 'err'));
    const outcome = await execCollect(fake.docker, 'id', ['x'], {});
    expect(outcome).toEqual({ exitCode: 4, stdout: 'out', stderr: 'err' });
  });

  it('gets its input', async () => {
    const fake = new FakeDocker();
    fake.print();
    await execCollect(fake.docker, 'id', ['x'], { input: 'typed' });
    expect(String(fake.input.read())).toBe('typed');
  });

  it('does not begin when it is aborted before, nor start when aborted meanwhile', async () => {
    const fake = new FakeDocker();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(execCollect(fake.docker, 'id', ['x'], { signal })).rejects.toThrow('enough');
    expect(fake.created).toBe(0);

    const abort = new AbortController();
    fake.onCreate = () => {
      abort.abort(new Error('later'));
    };
    const run = execCollect(fake.docker, 'id', ['x'], { signal: abort.signal });
    await expect(run).rejects.toThrow('later');
    expect(fake.started).toBe(0);
  });

  it('drops the connection when it is aborted while that is made', async () => {
    const fake = new FakeDocker();
    const abort = new AbortController();
    fake.onStart = () => {
      abort.abort(new Error('enough'));
    };
    const run = execCollect(fake.docker, 'id', ['x'], { signal: abort.signal });
    await expect(run).rejects.toThrow('enough');
    expect(fake.connection.destroyed).toBe(true);
  });

  it('rejects with the reason when it is aborted while it prints', async () => {
    const fake = new FakeDocker();
    const abort = new AbortController();
    const run = execCollect(fake.docker, 'id', ['x'], { signal: abort.signal });
    fake.output.write(piece(STDOUT, 'some'));
    await turn();
    abort.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    expect(fake.connection.destroyed).toBe(true);
  });

  it('is given up when it floods', async () => {
    const fake = new FakeDocker();
    fake.print(...Array.from({ length: 20 }, () => piece(STDOUT, Buffer.alloc(1024 * 1024))));
    await expect(execCollect(fake.docker, 'id', ['x'], {})).rejects.toThrow(RangeError);
    expect(fake.connection.destroyed).toBe(true);
  });
});

describe('a connected command', () => {
  it('is not read while nobody reads its output', async () => {
    const fake = new FakeDocker();
    using stream = await openExecStream(fake.docker, 'id', ['x'], {});
    let taken = 0;
    const flood = async (): Promise<void> => {
      for (; taken < 1000; taken++) {
        if (!fake.output.write(piece(STDOUT, Buffer.alloc(64 * 1024)))) {
          await new Promise((resolve) => fake.output.once('drain', resolve));
        }
      }
    };
    const all = flood();
    for (let i = 0; i < 100; i++) await turn();
    expect(taken).toBeLessThan(20);
    stream.stdout.resume();
    await all;
    expect(taken).toBe(1000);
  });

  it('ends when it is disposed while its output waits', async () => {
    const fake = new FakeDocker();
    const stream = await openExecStream(fake.docker, 'id', ['x'], {});
    for (let i = 0; i < 10; i++) fake.output.write(piece(STDOUT, Buffer.alloc(64 * 1024)));
    for (let i = 0; i < 20; i++) await turn();
    stream[Symbol.dispose]();
    await stream.closed;
    expect(stream.stdout.destroyed).toBe(true);
  });

  it('ends, and disturbs nobody, when its connection breaks, also after its end', async () => {
    const fake = new FakeDocker();
    const stream = await openExecStream(fake.docker, 'id', ['x'], {});
    stream.stdout.resume();
    fake.connection.destroy(new Error('broken'));
    await stream.closed;
    stream[Symbol.dispose]();
    // Without a listener this would end the process.
    fake.connection.emit('error', new Error('again'));
  });
});
