import Dockerode from 'dockerode';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { Engine } from './engine.ts';
import { closeHost, openHost } from '../firewall.ts';
import { listBelongings, removeBelongings } from './inventory.ts';
import { ownershipLabels } from './labels.ts';

const engine = new Engine();
const { node, workstation: image } = testImages();
const install = `entest${randomBytes(2).toString('hex')}`;
const labels = ownershipLabels({
  install,
  session: 'engine-test',
  generation: 1,
  expires: new Date(Date.now() + 600_000),
});
const unhurried = new AbortController().signal;
const container = {
  Image: image,
  Entrypoint: ['sleep', '600'],
  Labels: labels,
  HostConfig: { Init: true },
};
let bridges = 0;
const networkOptions = (signal = unhurried) => ({
  name: `kindlab-${install}-${++bridges}`,
  bridge: `klentest-${bridges}`,
  labels,
  signal,
});

async function kinds(): Promise<string[]> {
  return (await listBelongings(engine, install)).map(({ kind }) => kind).sort();
}

afterAll(async () => {
  await removeBelongings(engine, await listBelongings(engine, install));
});

describe('a command in a container', () => {
  let id: string;
  beforeAll(async () => {
    id = await engine.containers.run(container, unhurried);
  });
  afterAll(async () => engine.containers.remove(id));

  it('gets all of a large input and returns all of a large output', async () => {
    const input = 'abcdefgh'.repeat(1024 * 1024);
    const { stdout, exitCode } = await engine.containers.exec(id, ['cat'], { input });
    expect(exitCode).toBe(0);
    expect(stdout === input).toBe(true);
  });

  it('keeps stdout, stderr and the exit code apart', async () => {
    const script = 'printf "%s" "$WORD"; pwd >&2; exit 7';
    const options = { env: { WORD: 'häuser' }, workingDir: '/tmp' };
    const outcome = await engine.containers.exec(id, ['bash', '-c', script], options);
    expect(outcome).toEqual({ exitCode: 7, stdout: 'häuser', stderr: '/tmp\n' });
  });

  it('has an exit code as soon as its output has ended', async () => {
    const runs = Array.from({ length: 24 }, async () =>
      engine.containers.exec(id, ['sh', '-c', 'exit 3']),
    );
    const codes = (await Promise.all(runs)).map(({ exitCode }) => exitCode);
    expect(new Set(codes)).toEqual(new Set([3]));
  });

  it('rejects when it floods its output', async () => {
    await expect(engine.containers.exec(id, ['yes'])).rejects.toThrow(RangeError);
  });

  it('rejects with the reason of an abort at any time', async () => {
    for (const wait of [0, 5, 300]) {
      const abort = new AbortController();
      const run = engine.containers.exec(id, ['sleep', '60'], { signal: abort.signal });
      setTimeout(() => {
        abort.abort(new Error('enough'));
      }, wait);
      await expect(run).rejects.toThrow('enough');
    }
  });

  it('blocks while its output is not read, and closes when disposed meanwhile', async () => {
    const stream = await engine.containers.stream(id, [
      'sh',
      '-c',
      'yes | head -c 40000000; echo end',
    ]);
    stream.stderr.resume();
    const held = async (): Promise<number> => {
      const before = stream.stdout.readableLength;
      await delay(200);
      return stream.stdout.readableLength === before ? before : held();
    };
    expect(await held()).toBeLessThan(1024 * 1024);
    stream[Symbol.dispose]();
    await stream.closed;
  });

  it('ends its output when the container goes away', async () => {
    const other = await engine.containers.run(container, unhurried);
    using stream = await engine.containers.stream(other, ['sh', '-c', 'echo here; sleep 60']);
    stream.stderr.resume();
    const [begun] = (await once(stream.stdout, 'data')) as [Buffer];
    expect(String(begun)).toBe('here\n');
    const rest = text(stream.stdout);
    await engine.containers.remove(other);
    await stream.closed;
    expect(await rest).toBe('');
  });
});

describe('images', () => {
  const tag = `kindlab-${install}:1`;
  const context = (run: string): Readable => {
    const tar = pack();
    tar.entry({ name: 'Dockerfile' }, `FROM ${image}\nRUN ${run}\n`);
    tar.finalize();
    return Readable.from(tar, { objectMode: false });
  };

  it('that cannot be built reject with the message of the engine', async () => {
    const lines: string[] = [];
    const build = engine.images.build({
      context: context('echo before; exit 3'),
      tag,
      onLine: (line) => lines.push(line),
      signal: unhurried,
    });
    await expect(build).rejects.toThrow(/returned a non-zero code: 3/);
    expect(lines).toContain('before');
    expect(await engine.images.has(tag)).toBe(false);
  });

  it('are not built after an abort', async () => {
    const abort = new AbortController();
    const build = engine.images.build({
      context: context('echo begun; sleep 60'),
      tag,
      onLine: (line) => {
        if (line === 'begun') abort.abort(new Error('enough'));
      },
      signal: abort.signal,
    });
    await expect(build).rejects.toThrow('enough');
    expect(await engine.images.has(tag)).toBe(false);
  });

  it('are not made from a tar that breaks off', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(512);
        await delay(50);
        throw new Error('cut');
      })(),
      { objectMode: false },
    );
    await expect(engine.images.import(broken, tag, [], unhurried)).rejects.toThrow('cut');
    expect(await engine.images.has(tag)).toBe(false);
  });
});

describe('the belongings of a session', () => {
  afterEach(async () => {
    await removeBelongings(engine, await listBelongings(engine, install));
  });

  it('are found by their labels and removed, with volumes and attached containers', async () => {
    const network = networkOptions();
    await engine.networks.create(network);
    const Mounts = [
      {
        Type: 'volume' as const,
        Source: '',
        Target: '/data',
        VolumeOptions: { NoCopy: false, Labels: labels, DriverConfig: { Name: '', Options: {} } },
      },
    ];
    const HostConfig = { NetworkMode: network.name, Mounts };
    const id = await engine.containers.run({ ...container, HostConfig }, unhurried);
    expect(await kinds()).toEqual(['container', 'network', 'volume']);

    // As a person would, without -v: the volume stays.
    await new Dockerode().getContainer(id).remove({ force: true });
    expect(await kinds()).toEqual(['network', 'volume']);

    await engine.containers.run({ ...container, HostConfig }, unhurried);
    const all = await listBelongings(engine, install);
    await Promise.all([removeBelongings(engine, all), removeBelongings(engine, all)]);
    expect(await kinds()).toEqual([]);
  });

  it('lose a network that a container is still on', async () => {
    const network = networkOptions();
    const networkId = await engine.networks.create(network);
    const HostConfig = { NetworkMode: network.name };
    await engine.containers.run({ ...container, HostConfig }, unhurried);
    await Promise.all([engine.networks.remove(networkId), engine.networks.remove(networkId)]);
    expect(await kinds()).toEqual(['container']);
  });

  it('do not exist after an aborted start', async () => {
    for (const wait of [0, 10, 40, 120]) {
      const signal = AbortSignal.timeout(wait);
      const network = engine.networks.create(networkOptions(signal));
      const run = engine.containers.run(container, signal);
      const outcomes = await Promise.allSettled([network, run]);
      // What was created before the abort belongs to its caller.
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBe(signal.reason);
      }
      const made = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(await kinds()).toHaveLength(made);
      await removeBelongings(engine, await listBelongings(engine, install));
    }
  });

  it('are gone for each of several removals at once', async () => {
    const id = await engine.containers.run(container, unhurried);
    const gone = async (): Promise<string[]> => {
      await engine.containers.remove(id);
      return kinds();
    };
    expect(await Promise.all([gone(), gone(), gone()])).toEqual([[], [], []]);
  });

  it('report a bridge that exists, rather than that all networks are taken', async () => {
    const first = networkOptions();
    await engine.networks.create(first);
    const second = { ...networkOptions(), bridge: first.bridge };
    await expect(engine.networks.create(second)).rejects.toThrow(/bridge name/);
  });
});

describe('the firewall', () => {
  const options = { install, image: node, signal: unhurried };

  it('can be set and removed any number of times', async () => {
    await closeHost(engine, options);
    await closeHost(engine, options);
    await openHost(engine, options);
    await openHost(engine, options);
    expect(await kinds()).toEqual([]);
  });

  it('keeps sandboxes apart even while the engine creates a network', async () => {
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => openHost(engine, options));
    stack.defer(async () => removeBelongings(engine, await listBelongings(engine, install)));
    await closeHost(engine, options);
    const [here, there] = [networkOptions(), networkOptions()];
    await engine.networks.create(here);
    await engine.networks.create(there);
    const serve = ['socat', 'TCP-LISTEN:9999,fork,reuseaddr', 'SYSTEM:echo hello'];
    const server = await engine.containers.run(
      { ...container, Entrypoint: serve, HostConfig: { NetworkMode: there.name } },
      unhurried,
    );
    const { networks } = await engine.containers.inspect(server);
    const address = networks[there.name]?.address ?? '';
    const ask = `for i in $(seq 300); do timeout 0.03 socat -u TCP:${address}:9999 -; done; echo end`;
    const run = async (network: string): Promise<string> => {
      const { output } = await engine.containers.runToEnd(
        { ...container, Entrypoint: ['bash', '-c', ask], HostConfig: { NetworkMode: network } },
        unhurried,
      );
      return output;
    };
    const makeNetworks = async (): Promise<void> => {
      for (let made = 0; made < 25; made++) {
        await engine.networks.remove(await engine.networks.create(networkOptions()));
      }
    };
    const [heard] = await Promise.all([run(here.name), makeNetworks()]);
    expect(heard).toMatch(/end$/m);
    expect(heard).not.toContain('hello');
    expect(await run(there.name)).toContain('hello');
  });

  it('reports why it cannot be set', async () => {
    const refused = closeHost(engine, { ...options, install: 'no such name' });
    await expect(refused).rejects.toMatchObject({ code: 'LAB_HOST_UNFIT' });
    await expect(refused).rejects.toThrow(/syntax error/);
  });
});
