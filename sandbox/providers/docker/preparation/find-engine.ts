import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Engine, type EngineInfo } from '../engine/engine.ts';
import { LabError, toLabError } from '../../../errors.ts';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/** Where an engine may be, and what names it. */
export interface EngineAddress {
  host: string;
  /** Set-up may install or start an engine only when this is `default`. */
  chosenBy: 'DOCKER_HOST' | 'docker context' | 'default';
}

/** The outcome of a search for an engine. */
export type EngineSearch =
  | { state: 'found'; address: EngineAddress; engine: Engine; info: EngineInfo }
  /** Nothing answers at the default address, so an engine may be installed or started. */
  | { state: 'absent'; problem: LabError }
  | { state: 'unusable'; problem: LabError; info?: EngineInfo };

export interface SearchOptions {
  /** With ready images, an engine that cannot build ours is usable. */
  hasReadyImages: boolean;
  env?: NodeJS.ProcessEnv;
  /** Replaced in tests. */
  connect?: (host: string) => Pick<Engine, 'ping' | 'info'>;
}

/**
 * Looks for an engine where the docker client would: DOCKER_HOST, the chosen context, the default
 * socket. Its only side effect: an engine found by its context is named in `env.DOCKER_HOST` from
 * then on, for the other clients in this process.
 */
export async function findEngine(options: SearchOptions): Promise<EngineSearch> {
  const { env = process.env, connect = connectTo } = options;
  const address = engineAddress(env, readText);
  const away = remoteProblem(address);
  if (away !== undefined) return { state: 'unusable', problem: away };
  const engine = connect(address.host);
  try {
    await engine.ping();
    const info = await engine.info();
    const problem = engineProblem(info, options.hasReadyImages);
    if (problem !== undefined) return { state: 'unusable', problem, info };
    // testcontainers does not support contexts.
    if (address.chosenBy === 'docker context') env.DOCKER_HOST = address.host;
    return { state: 'found', address, engine: engine as Engine, info };
  } catch (error) {
    const problem = toLabError(error, 'LAB_ENGINE_UNREACHABLE');
    if (address.chosenBy !== 'default') {
      return { state: 'unusable', problem: chosenProblem(address, problem) };
    }
    const code = (problem.cause as NodeJS.ErrnoException | undefined)?.code;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      return { state: 'absent', problem: absentProblem(env, existsSync) };
    }
    return { state: 'unusable', problem };
  }
}

/** The engine's client reads its address from the environment when it is created. */
function connectTo(host: string): Engine {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = host;
  try {
    return new Engine();
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The address that a docker client would use. An unreadable context is ignored. */
export function engineAddress(
  env: NodeJS.ProcessEnv,
  read: (path: string) => string | undefined,
): EngineAddress {
  if (env.DOCKER_HOST) return { host: env.DOCKER_HOST, chosenBy: 'DOCKER_HOST' };
  const folder = env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker');
  const config = parse(read(join(folder, 'config.json'))) as { currentContext?: string };
  const context = env.DOCKER_CONTEXT ?? config.currentContext ?? 'default';
  if (context !== 'default') {
    const id = createHash('sha256').update(context).digest('hex');
    const meta = parse(read(join(folder, 'contexts', 'meta', id, 'meta.json'))) as {
      Endpoints?: { docker?: { Host?: string } };
    };
    const host = meta.Endpoints?.docker?.Host;
    if (host !== undefined) return { host, chosenBy: 'docker context' };
  }
  return { host: DEFAULT_HOST, chosenBy: 'default' };
}

function parse(text = '{}'): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

function remoteProblem({ host, chosenBy }: EngineAddress): LabError | undefined {
  if (/^(unix:\/\/|tcp:\/\/(127\.|localhost))/.test(host)) return undefined;
  return new LabError(
    'LAB_ENGINE_UNSUPPORTED',
    `The engine that ${chosenBy} names (${host}) is on another machine.`,
    { hint: 'Run Kindlab on the machine that runs the engine, or unset DOCKER_HOST.' },
  );
}

function chosenProblem({ host, chosenBy }: EngineAddress, problem: LabError): LabError {
  return new LabError(
    'LAB_ENGINE_UNREACHABLE',
    `The engine that ${chosenBy} names (${host}) does not answer.`,
    {
      cause: problem,
      hint: 'Start it, or choose another: "docker context use default", or unset DOCKER_HOST.',
    },
  );
}

/** Why nothing answers at the default socket: there may be an engine of another kind. */
export function absentProblem(env: NodeJS.ProcessEnv, exists: (path: string) => boolean): LabError {
  const home = env.HOME ?? homedir();
  const runtime = env.XDG_RUNTIME_DIR ?? '/run/user/1000';
  const others: [string, string][] = [
    [join(home, '.docker', 'desktop', 'docker.sock'), 'Docker Desktop'],
    [join(home, '.docker', 'run', 'docker.sock'), 'Docker Desktop'],
    [join(runtime, 'docker.sock'), 'a rootless Docker'],
    [join(runtime, 'podman', 'podman.sock'), 'a Podman'],
    ['/run/podman/podman.sock', 'a Podman'],
  ];
  const other = others.find(([path]) => exists(path));
  if (other === undefined) {
    return new LabError('LAB_ENGINE_MISSING', 'No container engine answers on this machine.');
  }
  return new LabError(
    'LAB_ENGINE_UNSUPPORTED',
    `This machine has ${other[1]} (${other[0]}), which cannot run the nodes of a cluster.`,
    { hint: 'Install a rootful Docker as well, for example with "apt-get install docker.io".' },
  );
}

const USABLE_STORAGE = new Set(['overlay2', 'overlayfs', 'btrfs', 'zfs']);

/** Why an engine that answers cannot be used, or undefined. */
export function engineProblem(info: EngineInfo, hasReadyImages: boolean): LabError | undefined {
  const unsupported = (message: string, hint?: string): LabError =>
    new LabError('LAB_ENGINE_UNSUPPORTED', message, hint === undefined ? {} : { hint });
  const readyHint =
    'Building images needs Docker on linux/amd64. Name ready images instead: KINDLAB_IMAGES=node=…,workstation=….';

  if (/podman/i.test(info.product)) {
    return unsupported('This is Podman, whose containers cannot be nodes of a cluster.');
  }
  if (info.rootless) {
    return unsupported(
      'This Docker is rootless: it lacks capabilities that nodes need.',
      'Use a rootful Docker: "docker context use default", or "apt-get install docker.io".',
    );
  }
  if (info.remapsUsers) {
    return unsupported(
      'This Docker remaps users (userns-remap): its containers cannot be nodes of a cluster.',
      'Remove "userns-remap" from /etc/docker/daemon.json and restart Docker.',
    );
  }
  const [major = 0, minor = 0] = info.version.split('.').map((part) => parseInt(part, 10));
  if (major < 20 || (major === 20 && minor < 10)) {
    return unsupported(`Docker ${info.version} is too old; Kindlab needs 20.10 or later.`);
  }
  if (!USABLE_STORAGE.has(info.storageDriver)) {
    return unsupported(
      `The storage driver "${info.storageDriver}" of this Docker cannot run the nodes of a cluster.`,
      'Set "storage-driver": "overlay2" in /etc/docker/daemon.json and restart Docker.',
    );
  }
  if (hasReadyImages) return undefined;
  if (/docker desktop/i.test(`${info.product} ${info.operatingSystem}`)) {
    return unsupported(
      'This is Docker Desktop, whose virtual machine has no Debian to build from.',
      readyHint,
    );
  }
  if (!/^(x86_64|amd64)$/.test(info.architecture)) {
    return unsupported(
      `This machine is ${info.architecture}; Kindlab builds for amd64.`,
      readyHint,
    );
  }
  return undefined;
}
