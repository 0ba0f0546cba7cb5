import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Engine } from '../engine/engine.ts';
import { LabError } from '../../../errors.ts';
import { failingLine } from '../../../failing-line.ts';
import { runCommand } from '../../../run-command.ts';

/** The facts that decide how set-up can get an engine. */
export interface Machine {
  isRoot: boolean;
  user: string;
  arch: string;
  isDebianOrUbuntu: boolean;
  /** Docker's daemon is installed, running or not. */
  hasDaemon: boolean;
  /** systemd is the running init. */
  hasSystemd: boolean;
}

/** How set-up will get an engine, and what it announces. */
export interface EnginePlan {
  install: boolean;
  start: 'systemd' | 'daemon';
  announcement: string;
}

const DECLINE = 'Decline with KINDLAB_INSTALL_ENGINE=no.';
const START_MS = 60_000;
const SETTLE_MS = 5_000;
const POLL_MS = 250;

export function readMachine(): Machine {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return {
    isRoot: process.getuid?.() === 0,
    user: userInfo().username,
    arch: process.arch,
    isDebianOrUbuntu: /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release),
    hasDaemon: ['/usr/sbin', '/usr/bin', '/usr/local/bin'].some((folder) =>
      existsSync(join(folder, 'dockerd')),
    ),
    hasSystemd: existsSync('/run/systemd/system'),
  };
}

/**
 * How to get an engine on this machine. Throws `LAB_ENGINE_MISSING`, `LAB_ENGINE_UNREACHABLE` or
 * `LAB_ENGINE_UNSUPPORTED`, with the one command that the operator must run.
 */
export function planEngine(machine: Machine, isAllowed: boolean): EnginePlan {
  const start = machine.hasSystemd ? 'systemd' : 'daemon';
  const startCommand = machine.hasSystemd ? 'systemctl start docker' : 'service docker start';
  if (machine.hasDaemon) {
    if (!machine.isRoot || !isAllowed) {
      throw new LabError('LAB_ENGINE_UNREACHABLE', 'Docker is installed but not running.', {
        hint: machine.isRoot
          ? `Start it with "${startCommand}".`
          : `Ask an administrator to start it: ${asAdministrator(startCommand, machine.user)}`,
      });
    }
    return {
      install: false,
      start,
      announcement: `Docker is installed but not running: starting it. ${DECLINE}`,
    };
  }
  if (machine.arch !== 'x64') {
    throw new LabError(
      'LAB_ENGINE_UNSUPPORTED',
      `This machine is ${machine.arch}; Kindlab builds its images on amd64 only.`,
      {
        hint: 'Install a rootful Docker and name ready images: KINDLAB_IMAGES=node=…,workstation=….',
      },
    );
  }
  if (!machine.isDebianOrUbuntu) {
    throw new LabError('LAB_ENGINE_MISSING', 'No container engine answers on this machine.', {
      hint: 'Install Docker 20.10 or later as your distribution documents it, and start again.',
    });
  }
  if (!machine.isRoot || !isAllowed) {
    const command = 'apt-get update && apt-get install -y docker.io';
    throw new LabError('LAB_ENGINE_MISSING', 'No container engine answers on this machine.', {
      hint: machine.isRoot
        ? `KINDLAB_INSTALL_ENGINE=no forbids installing one. To install it yourself: ${command}`
        : `Ask an administrator to install it: ${asAdministrator(command, machine.user)}`,
    });
  }
  return {
    install: true,
    start,
    announcement: `No container engine answers: installing Docker (docker.io) with apt-get and starting it. ${DECLINE}`,
  };
}

function asAdministrator(command: string, user: string): string {
  return `sudo sh -c '${command} && usermod -aG docker ${user}'. Then log in again.`;
}

export interface InstallOptions {
  plan: EnginePlan;
  /** `$KINDLAB_HOME`: keeps the logs, and the process id of a daemon that set-up starts. */
  home: string;
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Installs and starts the engine as planned, and resolves when it answers. From then on it is a
 * service of the machine and outlives this server, whether systemd started it or not. Errors, with
 * the line that matters: `LAB_ENGINE_MISSING` (apt-get failed), `LAB_ENGINE_UNREACHABLE` (the
 * engine did not come up).
 */
export async function installEngine(options: InstallOptions): Promise<void> {
  const { plan, home, onLine, signal } = options;
  const log = join(home, 'logs', 'engine.log');
  if (plan.install) {
    await aptInstall(['docker.io'], { log, onLine, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new LabError('LAB_ENGINE_MISSING', `apt-get failed: ${(error as Error).message}`, {
        cause: error,
        hint: `The whole output is in ${log}. Fix the problem and start again.`,
      });
    });
    // Debian's package starts its service if it can.
    if (await answers(SETTLE_MS, signal)) return;
  }
  if (plan.start === 'systemd') {
    await runCommand(['systemctl', 'start', 'docker'], { log, onLine, signal }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw notUp((error as Error).message, '"journalctl -u docker" has the whole log.', error);
      },
    );
    if (await answers(START_MS, signal)) return;
    throw notUp('no answer within a minute', '"journalctl -u docker" has the whole log.');
  }
  await startDaemon(home, signal);
}

/** Installs Debian packages without asking questions. Needs root. */
export async function aptInstall(
  packages: readonly string[],
  options: Parameters<typeof runCommand>[1],
): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120'];
  // Finishes an interrupted installation: apt-get refuses to work until then.
  await runCommand(['dpkg', '--configure', '-a'], { ...options, env });
  await runCommand([...apt, 'update'], { ...options, env });
  await runCommand([...apt, 'install', ...packages], { ...options, env });
}

/** Where set-up notes the daemon that it started without systemd. */
function daemonPidFile(home: string): string {
  return join(home, 'dockerd.pid');
}

/** The process id of a daemon that set-up started and that still runs. */
export function daemonOf(home: string): number | undefined {
  const file = daemonPidFile(home);
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  const command = `/proc/${pid}/comm`;
  const isDaemon = existsSync(command) && readFileSync(command, 'utf8').trim() === 'dockerd';
  return isDaemon ? pid : undefined;
}

async function startDaemon(home: string, signal: AbortSignal): Promise<void> {
  const path = join(home, 'logs', 'dockerd.log');
  mkdirSync(join(home, 'logs'), { recursive: true });
  const log = openSync(path, 'w');
  // Detached: Ctrl-C at our terminal must not reach the machine's engine.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
  const stdio: StdioOptions = ['ignore', log, log];
  const daemon = spawn('dockerd', [], { cwd: '/', env, detached: true, stdio });
  const ended = once(daemon, 'exit');
  daemon.unref();
  writeFileSync(daemonPidFile(home), String(daemon.pid));
  const isUp = await Promise.race([answers(START_MS, signal), ended.then(() => false)]);
  if (isUp) return;
  daemon.kill();
  throw notUp(failingLine(readFileSync(path, 'utf8').split('\n')), `The whole log is in ${path}.`);
}

function notUp(line: string, hint: string, cause?: unknown): LabError {
  return new LabError('LAB_ENGINE_UNREACHABLE', `Docker did not start: ${line}`, { cause, hint });
}

async function answers(withinMs: number, signal: AbortSignal): Promise<boolean> {
  const engine = new Engine();
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const isUp = await engine.ping(signal).then(
      () => true,
      () => false,
    );
    signal.throwIfAborted();
    if (isUp) return true;
    await delay(POLL_MS, undefined, { signal });
  }
  return false;
}
