import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealWorkstation } from '../../../../tests/support/real-workstation.ts';
import { testImages } from '../../../../tools/support/images.ts';
import { LabError } from '../../../errors.ts';
import type { LabCommandHandler } from '../../../provider.ts';

const KUBECONFIG = 'apiVersion: v1\nkind: Config\n';

const real = new RealWorkstation();
const { engine, signal } = real;
let neighbour: string;
let gateway: string;

async function inspect(name: string): Promise<{ address: string; gateway: string }> {
  const { networks } = await engine.containers.inspect(name);
  return Object.values(networks)[0] ?? { address: '', gateway: '' };
}

beforeAll(async () => {
  await real.start();
  await real.workstation.setKubeConfig(KUBECONFIG, signal);
  ({ gateway } = await inspect(real.name));
  const listening = ['socat', 'TCP-LISTEN:8080,fork,reuseaddr', 'SYSTEM:echo neighbour'];
  const HostConfig = { NetworkMode: await real.createNetwork('b') };
  const Image = testImages().workstation;
  const id = await engine.containers.run(
    { Image, Entrypoint: listening, Labels: real.labels, HostConfig },
    signal,
  );
  neighbour = (await inspect(id)).address;
  const ask = ['bash', '-c', 'until exec 3<>/dev/tcp/127.0.0.1/8080; do sleep 0.1; done; cat <&3'];
  expect((await engine.containers.exec(id, ask, { signal })).stdout).toBe('neighbour\n');
});

afterAll(async () => real[Symbol.asyncDispose]());

describe('the shell', () => {
  it('runs as the learner, who has and gets no rights', async () => {
    using viewer = await real.view();
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

  it('reaches neither the supervisor nor an engine’s socket', async () => {
    using viewer = await real.view();
    const answers = await viewer.run(
      'ls /run/kindlab; for s in supervisor server; do socat - UNIX-CONNECT:/run/kindlab/$s.sock </dev/null; done; ls /run/docker.sock /var/run/docker.sock; kill -0 $(pgrep -f supervisor.mjs)',
    );
    expect(answers.match(/Permission denied|No such file|not permitted/g)).toHaveLength(6);
  });

  it('reaches no service of the host, no other network and no name outside', async () => {
    const server = createServer((socket) => socket.end('host')).listen(0, gateway);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    using viewer = await real.view();
    const ask = (host: string, to: number) =>
      `timeout 1 bash -c 'cat < /dev/tcp/${host}/${to}' 2> /dev/null; echo $?`;
    expect(await viewer.run(ask(gateway, port))).toBe('124\n');
    expect(await viewer.run(ask(neighbour, 8080))).toBe('124\n');
    const resolve = 'dig +short +time=1 +tries=1 @127.0.0.11 example.com > /dev/null; echo $?';
    expect(await viewer.run(resolve)).toMatch(/^(9|10)\n$/);
    server.close();
  });

  it('completes commands, also after the alias k', async () => {
    using viewer = await real.view();
    await viewer.run('true');
    viewer.type('k versi\t');
    await viewer.until(() => viewer.text.endsWith('k version '), 'completion');
    viewer.type('--client\r');
    await viewer.until(() => viewer.text.includes('Client Version: v1.36'), 'k version');
  });

  it('leaves no zombies', async () => {
    using viewer = await real.view();
    await viewer.run('for i in 1 2 3; do (sleep 0.1 &) ; done; sleep 0.5');
    expect(await viewer.run('ps -eo stat= | grep -c Z')).toBe('0\n');
  });

  it('restarts with a new epoch after exit', async () => {
    const number = real.newTerminal();
    using first = await real.view(number);
    await first.run('cd /tmp');
    first.type('exit 3\r');
    await first.until(() => first.messages.at(-1)?.type === 'exit', 'exit');
    expect(first.messages.at(-1)).toMatchObject({ exitCode: 3 });
    using second = await real.view(number, { lastOffset: first.offset, epoch: first.epoch });
    expect(await second.run('pwd')).toBe('/home/learner/lab\n');
    expect(second.epoch).not.toBe(first.epoch);
  });

  it('is also where the server runs commands as the learner', async () => {
    const { exitCode, output } = await real.workstation.exec(['bash', '-c', 'id -un; exit 4'], {
      signal: real.signal,
    });
    expect({ exitCode, output }).toEqual({ exitCode: 4, output: 'learner\n' });
    const abort = new AbortController();
    const run = real.workstation.exec(['sleep', '60'], { signal: abort.signal });
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

  it('asks the handler, and answers quickly enough to type', async () => {
    real.workstation.serveLab(handler);
    using viewer = await real.view();
    const stop = 'lab node stop worker2';
    expect(await viewer.run(`${stop}; lab node stop x`, 20_000)).toMatch(
      /^worker2 is off now\.\nThis cluster has no such node\. There is no such node\.\nList the/,
    );
    const before = performance.now();
    expect(await viewer.run(`${stop}; ${stop}; ${stop}; ${stop}`)).toMatch(/^(worker2 .*\n){4}$/);
    expect((performance.now() - before) / 4).toBeLessThan(1_500);
  });

  it('answers after a freeze and thaw', async () => {
    using viewer = await real.view();
    await viewer.run('true');
    await real.workstation.freeze();
    await delay(500);
    await real.workstation.thaw();
    expect(await viewer.run('lab node start worker2')).toBe('worker2 is on now.\n');
  });

  it('completes its words', async () => {
    using viewer = await real.view();
    await viewer.run('true');
    viewer.type('lab no\tst\t');
    await viewer.until(() => viewer.text.includes('lab node st'), 'completion');
  });
});
