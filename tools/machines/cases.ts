import { setTimeout as delay } from 'node:timers/promises';
import { Learner } from '../support/learner.ts';
import { PROMPT, type TerminalClient } from '../support/terminal-client.ts';
import { npm, RemoteServer } from './remote-server.ts';
import type { VirtualMachine } from './virtual-machine.ts';

/** One thing to show on the machine. Each case starts from the state that the previous one left. */
interface Case {
  title: string;
  /** Resolves with a short description of what it saw. */
  run: (machine: VirtualMachine, signal: AbortSignal) => Promise<string>;
}

export const LAB = 'concepts/nodes-pods-containers';
/**
 * One fewer than usual: with two, an emulated API server misses its deadlines and restarts forever.
 */
export const WORKERS = 1;
const NODES = ['control-plane', 'worker'];
const MINUTE_MS = 60_000;
const COMMAND_MS = 10 * MINUTE_MS;
const START_MS = 45 * MINUTE_MS;

export const cases: Case[] = [
  {
    title: 'no engine and no root: serves the lessons and prints the command to run',
    run: withoutEngine,
  },
  { title: 'only Node.js, as root: installs an engine and builds', run: fromNothing },
  { title: 'the doctor, without root', run: doctor },
  {
    title: 'Docker, no root, cgroup v2: a session, a pod on each node, no privileged pod',
    run: session,
  },
  { title: 'a second start without network', run: offline },
  { title: 'uninstall leaves nothing behind', run: uninstall },
];

async function withoutEngine(machine: VirtualMachine, signal: AbortSignal): Promise<string> {
  await using server = await RemoteServer.start(machine, 'learner', signal);
  const { sandbox } = await server.until(
    ({ sandbox: { state } }) => state === 'unavailable',
    COMMAND_MS,
  );
  expect(sandbox.code === 'LAB_ENGINE_MISSING', sandbox);
  expect(
    /sudo sh -c 'apt-get .*install -y docker\.io && usermod -aG docker learner'/.test(
      sandbox.hint ?? '',
    ),
    sandbox,
  );
  const page = await fetch(`${server.origin}/en/${LAB}/`, { signal });
  expect(page.ok && (await page.text()).includes('data-step'), page.status);
  const { exitCode, output } = await machine.run('learner', npm('npm run --silent doctor'), {
    ms: COMMAND_MS,
    signal,
  });
  expect(exitCode === 1 && output.includes('sudo sh -c'), output);
  return sandbox.hint ?? '';
}

async function fromNothing(machine: VirtualMachine, signal: AbortSignal): Promise<string> {
  const options = { ms: COMMAND_MS, signal };
  await using server = await RemoteServer.start(machine, 'root', signal);
  const { sandbox } = await server.until(
    ({ sandbox: { stage } }) => stage === 'image-base',
    START_MS,
  );
  expect(sandbox.message.includes('Debian'), sandbox);
  const active = await machine.succeed(
    'root',
    'systemctl is-active docker; docker version --format {{.Server.Version}}',
    options,
  );
  expect(/^active\n\d+/.test(active), active);
  // Builds until its packages are downloaded and verified; the rest would take hours.
  const log = '/root/.local/share/kindlab/logs/build-base.log';
  const isBuilding = `until grep -m1 'I: Validating' ${log}; do sleep 2; done`;
  const line = await machine.succeed('root', isBuilding, { ms: START_MS, signal });
  const about = await machine.succeed(
    'root',
    'docker info --format "{{.SecurityOptions}} cgroup v{{.CgroupVersion}}"',
    options,
  );
  await server.stop();
  const left = await machine.succeed('root', 'docker ps -aq | wc -l', options);
  expect(left.trim() === '0', left);
  return `Docker ${active.split('\n')[1] ?? ''} by systemd, ${about.trim()}; “${line.trim()}”`;
}

async function doctor(machine: VirtualMachine, signal: AbortSignal): Promise<string> {
  const options = { ms: START_MS, signal };
  // What an administrator does, plus images that were built elsewhere.
  await machine.succeed(
    'root',
    'usermod -aG docker learner; sysctl -qw fs.inotify.max_user_instances=128',
    options,
  );
  await machine.succeed(
    'learner',
    'docker load --quiet --input images.tar; rm images.tar',
    options,
  );
  const { exitCode, output } = await machine.run(
    'learner',
    npm('npm run --silent doctor -- --json'),
    options,
  );
  const { canStart, findings } = JSON.parse(output) as {
    canStart: boolean;
    findings: { id: string; state: string; detail: string; fix?: string }[];
  };
  const finding = (id: string) => findings.find((each) => each.id === id);
  expect(exitCode === 0 && canStart, output);
  expect(finding('inotify')?.fix?.startsWith('sudo sysctl -w fs.inotify') === true, output);
  expect(finding('cgroups')?.detail.startsWith('Version 2') === true, output);
  expect(finding('images')?.state === 'ok', output);
  return `${finding('engine')?.detail ?? ''} ${finding('capacity')?.detail ?? ''}`;
}

async function session(machine: VirtualMachine, signal: AbortSignal): Promise<string> {
  await using server = await RemoteServer.start(machine, 'learner', signal);
  const ready = await server.until(({ sandbox: { state } }) => state === 'ready', START_MS);
  expect(ready.sessions.limit === 2, ready);
  expect(
    ready.sandbox.notes.some(({ fix }) => fix?.includes('sysctl') === true),
    ready,
  );
  const learner = new Learner(server.origin);
  const { id } = await learner.create(LAB);
  const startedAt = performance.now();
  const isReady = async (): Promise<boolean> => {
    const now = await learner.session(id);
    if (now.end !== undefined) throw new Error(JSON.stringify(now));
    return now.state === 'ready';
  };
  while (!(await isReady())) await delay(5_000, undefined, { signal });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  using terminal = await learner.terminal(id);
  await terminal.waitFor(PROMPT, COMMAND_MS);
  const nodes = await kubectl(terminal, 'kubectl get nodes --no-headers');
  expect((nodes.match(/ Ready /g) ?? []).length === NODES.length, nodes);
  const overrides = (node: string): string =>
    JSON.stringify({
      spec: { nodeName: node, containers: [{ name: 'web', image: 'kindlab/web:1' }] },
    });
  for (const node of NODES) {
    await kubectl(
      terminal,
      `kubectl run on-${node} --image=kindlab/web:1 --overrides='${overrides(node)}'`,
    );
  }
  const pods = await kubectl(
    terminal,
    'kubectl wait --for=condition=Ready --timeout=600s pod --all',
  );
  expect((pods.match(/condition met/g) ?? []).length === NODES.length, pods);
  const refused = await kubectl(terminal, 'kubectl run strong --image=kindlab/web:1 --privileged');
  expect(refused.includes('violates PodSecurity "baseline'), refused);
  expect((await learner.end(id)) < 300, 'ending the session');
  await server.stop();
  const left = await machine.succeed('learner', 'docker ps -aq | wc -l', {
    ms: COMMAND_MS,
    signal,
  });
  expect(left.trim() === '0', left);
  return `${NODES.length} nodes Ready after ${seconds} s of emulation, “${(/violates PodSecurity "[^"]+"/.exec(refused) ?? [''])[0]}”`;
}

/** Closes every way out except that of our own shell. */
async function offline(machine: VirtualMachine, signal: AbortSignal): Promise<string> {
  const rules =
    'table inet off { chain out { type filter hook output priority 0; policy drop; oif lo accept; ct state established accept; oifname "docker0" accept; oifname "kl*" accept; }; }';
  const options = { ms: COMMAND_MS, signal };
  const reachesPackages = async (): Promise<boolean> => {
    const site = "$(apt-get indextargets --format '$(SITE)' | head -1)";
    const { exitCode } = await machine.run('learner', `curl -s -m 60 "${site}/"`, options);
    return exitCode === 0;
  };
  expect(await reachesPackages(), 'the network works before it is closed');
  await machine.succeed('root', `nft '${rules}'`, options);
  try {
    expect(!(await reachesPackages()), 'the network is closed');
    const startedAt = performance.now();
    await using server = await RemoteServer.start(machine, 'learner', signal);
    await server.until(({ sandbox: { state } }) => state === 'ready', COMMAND_MS);
    return `ready after ${Math.round((performance.now() - startedAt) / 1000)} s of emulation`;
  } finally {
    await machine.succeed('root', 'nft delete table inet off', options);
  }
}

async function uninstall(machine: VirtualMachine, signal: AbortSignal): Promise<string> {
  const options = { ms: COMMAND_MS, signal };
  const unconfirmed = await machine.run(
    'learner',
    npm('npm run --silent uninstall < /dev/null'),
    options,
  );
  expect(
    unconfirmed.exitCode === 1 && unconfirmed.output.includes('Nothing was removed'),
    unconfirmed,
  );
  const output = await machine.succeed(
    'learner',
    npm('npm run --silent uninstall -- --yes'),
    options,
  );
  const left = await machine.succeed(
    'learner',
    'docker images -q | wc -l; docker volume ls -q | wc -l; docker ps -aq | wc -l; ls ~/.local/share | wc -l',
    options,
  );
  expect(left.trim().split('\n').join() === '0,0,0,0', { output, left });
  return 'no image, volume, container or file';
}

async function kubectl(terminal: TerminalClient, command: string): Promise<string> {
  return terminal.run(command, COMMAND_MS);
}

function expect(isMet: boolean, seen: unknown): asserts isMet {
  if (!isMet)
    throw new Error(`not as expected: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`);
}
