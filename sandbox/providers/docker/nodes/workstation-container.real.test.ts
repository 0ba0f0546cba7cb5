import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { type Attachment, TerminalViewer } from '../../../../tests/support/terminal-viewer.ts';
import { Engine } from '../engine/engine.ts';
import { bridgePrefix, closeHost, openHost } from '../firewall.ts';
import { listBelongings, removeBelongings } from '../engine/inventory.ts';
import { ownershipLabels } from '../engine/labels.ts';
import { LabError } from '../../../errors.ts';
import type { LabCommandHandler } from '../../../provider.ts';
import { type StartedWorkstation, startWorkstation } from './workstation-container.ts';

const engine = new Engine();
const { node, workstation: image } = testImages();
const install = `w${randomBytes(3).toString('hex')}`;
const signal = AbortSignal.timeout(180_000);
const labels = ownershipLabels({
  install,
  session: 'workstation',
  generation: 1,
  expires: new Date(Date.now() + 600_000),
});
const KUBECONFIG = 'apiVersion: v1\nkind: Config\n';

let workstation: StartedWorkstation;
let neighbour: string;
let gateway: string;
let terminals = 0;

async function network(letter: string): Promise<string> {
  const name = `kindlab-${install}-${letter}`;
  await engine.networks.create({
    name,
    bridge: `${bridgePrefix(install)}-${letter}`,
    labels,
    signal,
  });
  return name;
}

async function inspect(name: string): Promise<{ address: string; gateway: string }> {
  const { networks } = await engine.containers.inspect(name);
  return Object.values(networks)[0] ?? { address: '', gateway: '' };
}

/** Looks at a terminal: a new one when no number is given. */
async function look(number = terminals++, attachment: Attachment = {}): Promise<TerminalViewer> {
  return new TerminalViewer(await workstation.openTerminal(number, { signal }), attachment);
}

beforeAll(async () => {
  await closeHost(engine, { install, image: node, signal });
  const name = `kindlab-${install}-workstation`;
  workstation = await startWorkstation({
    engine,
    image,
    network: await network('a'),
    labels,
    name,
    signal,
  });
  await workstation.setKubeConfig(KUBECONFIG, signal);
  ({ gateway } = await inspect(name));
  const listening = ['socat', 'TCP-LISTEN:8080,fork,reuseaddr', 'SYSTEM:echo neighbour'];
  const HostConfig = { NetworkMode: await network('b') };
  const id = await engine.containers.run(
    { Image: image, Entrypoint: listening, Labels: labels, HostConfig },
    signal,
  );
  neighbour = (await inspect(id)).address;
  const ask = ['bash', '-c', 'until exec 3<>/dev/tcp/127.0.0.1/8080; do sleep 0.1; done; cat <&3'];
  expect((await engine.containers.exec(id, ask, { signal })).stdout).toBe('neighbour\n');
});

afterAll(async () => {
  await removeBelongings(engine, await listBelongings(engine, install));
  await openHost(engine, { install, image: node, signal });
  expect(await listBelongings(engine, install)).toEqual([]);
});

describe('the shell', () => {
  it('is the learner, who has and gets no rights', async () => {
    using viewer = await look();
    expect(await viewer.run('id -un; pwd')).toBe('learner\n/home/learner/lab\n');
    const status = await viewer.run('cat /proc/self/status');
    expect(status).toMatch(/^CapInh:\t0+\nCapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+e0\nCapAmb:\t0+\n/m);
    expect(status).toMatch(/NoNewPrivs:\t1/);
    expect(await viewer.run('cat ~/.kube/config; stat -c %a ~/.kube/config')).toBe(
      `${KUBECONFIG}600\n`,
    );
    expect(await viewer.run('env | grep -c -i node; cat /proc/self/oom_score_adj')).toBe(
      '0\n500\n',
    );
  });

  it('reaches neither the supervisor nor the socket of an engine', async () => {
    using viewer = await look();
    const answers = await viewer.run(
      'ls /run/kindlab; for s in supervisor server; do socat - UNIX-CONNECT:/run/kindlab/$s.sock </dev/null; done; ls /run/docker.sock /var/run/docker.sock; kill -0 $(pgrep -f supervisor/main)',
    );
    expect(answers.match(/Permission denied|No such file|not permitted/g)).toHaveLength(6);
  });

  it('reaches no service of the host, no other network and no name outside', async () => {
    const server = createServer((socket) => socket.end('host')).listen(0, gateway);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    using viewer = await look();
    const ask = (host: string, to: number) =>
      `timeout 1 bash -c 'cat < /dev/tcp/${host}/${to}' 2> /dev/null; echo $?`;
    expect(await viewer.run(ask(gateway, port))).toBe('124\n');
    expect(await viewer.run(ask(neighbour, 8080))).toBe('124\n');
    const resolve = 'dig +short +time=1 +tries=1 @127.0.0.11 example.com > /dev/null; echo $?';
    expect(await viewer.run(resolve)).toMatch(/^(9|10)\n$/);
    server.close();
  });

  it('completes commands, also behind the alias k', async () => {
    using viewer = await look();
    await viewer.run('true');
    viewer.type('k versi\t');
    await viewer.until(() => viewer.text.endsWith('k version '), 'completion');
    viewer.type('--client\r');
    await viewer.until(() => viewer.text.includes('Client Version: v1.36'), 'k version');
  });

  it('leaves no zombies', async () => {
    using viewer = await look();
    await viewer.run('for i in 1 2 3; do (sleep 0.1 &) ; done; sleep 0.5');
    expect(await viewer.run('ps -eo stat= | grep -c Z')).toBe('0\n');
  });

  it('begins again with another epoch after exit', async () => {
    const number = terminals++;
    using first = await look(number);
    await first.run('cd /tmp');
    first.type('exit 3\r');
    await first.until(() => first.messages.at(-1)?.type === 'exit', 'exit');
    expect(first.messages.at(-1)).toMatchObject({ exitCode: 3 });
    using second = await look(number, { lastOffset: first.offset, epoch: first.epoch });
    expect(await second.run('pwd')).toBe('/home/learner/lab\n');
    expect(second.epoch).not.toBe(first.epoch);
  });

  it('runs commands for the server as well, as the learner', async () => {
    const { exitCode, output } = await workstation.exec(['bash', '-c', 'id -un; exit 4'], {
      signal,
    });
    expect({ exitCode, output }).toEqual({ exitCode: 4, output: 'learner\n' });
    const abort = new AbortController();
    const run = workstation.exec(['sleep', '60'], { signal: abort.signal });
    setTimeout(() => {
      abort.abort(new Error('enough'));
    }, 200);
    await expect(run).rejects.toThrow('enough');
  });
});

describe('lab', () => {
  const handler: LabCommandHandler = {
    power: async (node) => {
      if (node === 'worker2') return Promise.resolve(true);
      throw new LabError('LAB_NODE_UNKNOWN', 'There is no such node.');
    },
  };

  it('asks whoever serves the workstation, soon enough to be typed', async () => {
    workstation.serveLab(handler);
    using viewer = await look();
    const stop = 'lab node stop worker2';
    expect(await viewer.run(`${stop}; lab node stop x`, 20_000)).toMatch(
      /^worker2 is off now\.\nThis cluster has no such node\. There is no such node\.\nList the/,
    );
    const before = performance.now();
    expect(await viewer.run(`${stop}; ${stop}; ${stop}; ${stop}`)).toMatch(/^(worker2 .*\n){4}$/);
    expect((performance.now() - before) / 4).toBeLessThan(1_500);
  });

  it('answers in time also when it is frozen in between', async () => {
    using viewer = await look();
    await viewer.run('true');
    await workstation.freeze();
    await delay(500);
    await workstation.thaw();
    expect(await viewer.run('lab node start worker2')).toBe('worker2 is on now.\n');
  });

  it('completes its words', async () => {
    using viewer = await look();
    await viewer.run('true');
    viewer.type('lab no\tst\t');
    await viewer.until(() => viewer.text.includes('lab node st'), 'completion');
  });
});

describe('a connection', () => {
  it('stays when the signal for its opening is aborted later', async () => {
    const opening = new AbortController();
    const connection = await workstation.openTerminal(terminals++, { signal: opening.signal });
    using viewer = new TerminalViewer(connection);
    await viewer.run('true');
    opening.abort();
    expect(await viewer.run('echo still here')).toBe('still here\n');
    expect(viewer.isClosed).toBe(false);
  });

  it('resumes at the very byte, however often it is cut while a command prints', async () => {
    const number = terminals++;
    let viewer = await look(number);
    const script = 'for i in {1..20000}; do echo "行 $i"; (( i % 200 )) || sleep 0.02; done';
    viewer.type(`${script}; echo f""in\r`);
    let printed = Buffer.alloc(0);
    let cuts = 0;
    while (!printed.includes('fin\r\n')) {
      const wanted = 1_000 + cuts * 3_331;
      const arrived = (): boolean => viewer.received > wanted || viewer.bytes.includes('fin\r\n');
      await viewer.until(arrived, 'more output');
      viewer[Symbol.dispose]();
      printed = Buffer.concat([printed, viewer.bytes]);
      cuts++;
      viewer = await look(number, { lastOffset: viewer.offset, epoch: viewer.epoch });
    }
    viewer[Symbol.dispose]();
    expect(cuts).toBeGreaterThan(4);
    const lines = [...printed.toString('utf8').matchAll(/行 (\d+)\r\n/g)];
    const expected = Array.from({ length: 20_000 }, (_, i) => i + 1);
    expect(lines.map((match) => Number(match[1]))).toEqual(expected);
  });

  it('beyond what is kept gets a snapshot and a notice', async () => {
    const number = terminals++;
    const first = await look(number);
    await first.run('true');
    const { offset: lastOffset, epoch } = first;
    first.type('yes 0123456789 | head -c 4000000; touch /tmp/printed\r');
    first[Symbol.dispose]();
    await workstation.exec(['bash', '-c', 'until [ -e /tmp/printed ]; do sleep 0.05; done'], {
      signal,
    });
    using second = await look(number, { lastOffset, epoch });
    await second.until(() => second.snapshots.length === 1, 'snapshot');
    expect(second.messages.map(({ type }) => type)).toContain('notice');
    expect(second.snapshots[0]?.toString('utf8')).toMatch(/^\x1bc.*0123456789\r\n0123456789\r\n/s);
    expect(await second.run('echo goes on')).toBe('goes on\n');
  });

  it('holds the shell up while it acknowledges nothing, and Ctrl-C ends a flood at once', async () => {
    using idle = await look(terminals++, { acks: false });
    idle.type('yes\r');
    await idle.until(() => idle.received >= 500_000, 'a flood');
    await delay(300);
    expect(idle.received).toBeLessThan(600_000);

    using viewer = await look();
    viewer.type('yes\r');
    await viewer.until(() => viewer.received > 8_000_000, 'a flood');
    const before = performance.now();
    viewer.type('\x03');
    await viewer.until(() => viewer.bytes.subarray(-40).includes('$'), 'the prompt');
    expect(performance.now() - before).toBeLessThan(1_000);
    const rss = Number(await viewer.run('ps -o rss= -p $(pgrep -f supervisor/main)'));
    expect(rss).toBeLessThan(150_000);
  });

  it('drives alone: the others watch, until they type', async () => {
    const number = terminals++;
    using first = await look(number, { cols: 90 });
    await first.run('true');
    using second = await look(number, { cols: 110 });
    await first.until(() => first.messages.at(-1)?.type === 'size', 'watching');
    expect(first.messages.slice(-2)).toMatchObject([
      { type: 'role', role: 'observer' },
      { type: 'size', cols: 110 },
    ]);
    expect(await first.run('stty size')).toBe('30 90\n');
    await second.until(() => second.text.includes('30 90\r\n'), 'the same output');
  });

  it('keeps a full-screen program, also where a snapshot is needed', async () => {
    const number = terminals++;
    const first = await look(number);
    first.type("yes '' | head -c 1100000\r");
    await first.until(() => first.received > 2_200_000, 'more than is kept');
    first.type('vim -n note.txt\r');
    await first.until(() => first.text.includes('\x1b[?1049h'), 'vim');
    first.type('ihello 世界\x1b');
    await first.until(() => first.text.includes('世界'), 'text');
    first[Symbol.dispose]();
    using second = await look(number);
    await second.until(() => second.text.includes('hello 世界'), 'the screen again');
    expect(second.snapshots[0]?.toString('utf8')).toContain('\x1b[?1049h');
    second.type(':wq\r');
    await second.until(() => second.text.includes('\x1b[?1049l'), 'the end of vim');
    expect(await second.run('cat note.txt')).toContain('hello 世界\n');
  });

  it('is one of sixteen that all see the same', async () => {
    const number = terminals++;
    const viewers = await Promise.all(Array.from({ length: 16 }, async () => look(number)));
    viewers[0]?.type('echo sha""red\r');
    for (const viewer of viewers) {
      await viewer.until(() => viewer.text.includes('shared\r\n'), 'shared output');
    }
    for (const viewer of viewers) viewer[Symbol.dispose]();
  });
});

describe('a terminal answers', () => {
  it('after its memory ran out in one process and in many', async () => {
    using viewer = await look();
    const hog = 'head -c 700M /dev/zero | tail -c 700M > /dev/null';
    expect(await viewer.run(`${hog}; echo $?`)).toContain('137\n');
    const one = 'head -c 40M /dev/zero | tail -c 40M | (sleep 1; cat > /dev/null) &';
    await viewer.run(`(for i in {1..20}; do ${one} done; wait) 2> /dev/null`, 30_000);
    expect(await viewer.run('echo alive')).toBe('alive\n');
  });

  it('after a fork bomb, once it is ended', async () => {
    using viewer = await look();
    await viewer.run('true');
    viewer.type('bomb() { bomb | bomb & }; bomb\r');
    await viewer.until(() => viewer.text.includes('fork: retry'), 'the limit');
    // All but the shell that asks.
    viewer.type('kill -KILL -1\r');
    expect(await viewer.run('echo alive')).toContain('alive\n');
    using again = await look();
    expect(await again.run('echo alive')).toBe('alive\n');
  });
});
