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

/** An engine whose only command prints what the test writes to `output`. */
class FakeDocker {
  readonly output = new PassThrough();
  readonly input = new PassThrough();
  readonly connection = Duplex.from({ readable: this.output, writable: this.input });
  /** What `inspect` answers, in turn; the last one repeats. */
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

describe('execCollect', () => {
  it('waits for the exit code, which follows the end of the output', async () => {
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

  it('passes the input to the command', async () => {
    const fake = new FakeDocker();
    fake.print();
    await execCollect(fake.docker, 'id', ['x'], { input: 'typed' });
    expect(String(fake.input.read())).toBe('typed');
  });

  it('creates nothing when aborted before, and starts nothing when aborted meanwhile', async () => {
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

  it('drops the connection when aborted while connecting', async () => {
    const fake = new FakeDocker();
    const abort = new AbortController();
    fake.onStart = () => {
      abort.abort(new Error('enough'));
    };
    const run = execCollect(fake.docker, 'id', ['x'], { signal: abort.signal });
    await expect(run).rejects.toThrow('enough');
    expect(fake.connection.destroyed).toBe(true);
  });

  it('rejects with the reason when aborted while the command prints', async () => {
    const fake = new FakeDocker();
    const abort = new AbortController();
    const run = execCollect(fake.docker, 'id', ['x'], { signal: abort.signal });
    fake.output.write(piece(STDOUT, 'some'));
    await turn();
    abort.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    expect(fake.connection.destroyed).toBe(true);
  });

  it('rejects when the command floods its output', async () => {
    const fake = new FakeDocker();
    fake.print(...Array.from({ length: 20 }, () => piece(STDOUT, Buffer.alloc(1024 * 1024))));
    await expect(execCollect(fake.docker, 'id', ['x'], {})).rejects.toThrow(RangeError);
    expect(fake.connection.destroyed).toBe(true);
  });
});

describe('openExecStream', () => {
  it('does not read the connection while its output is not read', async () => {
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

  it('closes when disposed while output is waiting', async () => {
    const fake = new FakeDocker();
    const stream = await openExecStream(fake.docker, 'id', ['x'], {});
    for (let i = 0; i < 10; i++) fake.output.write(piece(STDOUT, Buffer.alloc(64 * 1024)));
    for (let i = 0; i < 20; i++) await turn();
    stream[Symbol.dispose]();
    await stream.closed;
    expect(stream.stdout.destroyed).toBe(true);
  });

  it('closes quietly when the connection breaks, even after its end', async () => {
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
