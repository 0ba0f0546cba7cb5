import { nodeHosts } from '../../../clusters/addresses.ts';
import { LabError, toLabError } from '../../../errors.ts';
import type { NodeHandle } from '../../../node-handle.ts';
import type { LabCommandHandler, TerminalConnection, Workstation } from '../../../provider.ts';
import { workstationFiles } from '../../../workstations/files.ts';
import { LabChannel } from '../../../workstations/lab-channel.ts';
import { SERVER_SOCKET, SUPERVISOR_SOCKET } from '../../../workstations/sockets.ts';
import { openConnection, openTerminal } from '../../../workstations/terminal-connection.ts';
import type { Engine } from '../engine/engine.ts';
import { ContainerHandle } from './container-handle.ts';

const HOSTNAME = 'workstation';
const LEARNER = 'learner';
const HOME = '/home/learner';
const AS_LEARNER = { user: LEARNER, env: { HOME, USER: LEARNER } };
const MEMORY_BYTES = 512 * 1024 * 1024;
const NANO_CPUS = 1_000_000_000;
const PIDS_LIMIT = 256;
const FIRST_TERMINAL = 0;
const READY_TIMEOUT_MS = 60_000;

export interface WorkstationContainer {
  image: string;
  /** The name of the cluster's network. */
  network: string;
  labels: Record<string, string>;
  name: string;
  /** How many workers the cluster has. */
  workers: number;
}

export interface WorkstationOptions extends WorkstationContainer {
  engine: Engine;
  signal: AbortSignal;
}

/** A running workstation. Disposing it removes it. */
export interface StartedWorkstation extends Workstation, AsyncDisposable {
  /** Writes the learner's kubeconfig: a secret that exists only in the container. */
  setKubeConfig(text: string, signal: AbortSignal): Promise<void>;
  /** Stops all its processes where they are. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Answers the command `lab` with `handler` until the workstation is disposed. Call once. */
  serveLab(handler: LabCommandHandler): void;
}

/**
 * Starts a workstation. Resolves when it accepts terminals. The caller disposes it. A start that
 * fails or is aborted leaves nothing.
 * Errors: `LAB_WORKSTATION_START_FAILED`, `LAB_ENGINE_UNREACHABLE`, `LAB_DISK_FULL`.
 */
export async function startWorkstation(options: WorkstationOptions): Promise<StartedWorkstation> {
  const { engine, signal } = options;
  const container = await run(options);
  const remove = async (): Promise<void> => engine.containers.remove(container.id);
  // Opened ahead for the first viewer: the connection and the shell take a tenth of a second each.
  let spare: TerminalConnection | undefined;
  try {
    await waitForSupervisor(container, signal);
    spare = await openTerminal(container, FIRST_TERMINAL, signal);
    spare.onClose = () => (spare = undefined);
  } catch (error) {
    await remove();
    signal.throwIfAborted();
    throw error;
  }
  const lab = new LabChannel(async (limit) => openConnection(container, SERVER_SOCKET, limit));
  return {
    files: workstationFiles({
      exec: async (argv, more) => container.exec(argv, { ...AS_LEARNER, ...more }),
      open: async (argv, more) => container.stream(argv, { ...AS_LEARNER, ...more }),
    }),
    exec: async (argv, { signal: execSignal }) => {
      const { exitCode, stdout, stderr } = await container.exec(argv, {
        ...AS_LEARNER,
        workingDir: `${HOME}/lab`,
        signal: execSignal,
      });
      return { exitCode, output: stdout + stderr };
    },
    openTerminal: async (terminal, { signal: openSignal }) => {
      if (terminal === FIRST_TERMINAL && spare !== undefined) {
        const connection = spare;
        spare = undefined;
        return connection;
      }
      return openTerminal(container, terminal, openSignal);
    },
    setKubeConfig: async (text, limit) => writeKubeConfig(container, text, limit),
    freeze: async () => container.pause(),
    thaw: async () => container.unpause(),
    serveLab: (handler) => lab.serve(handler),
    [Symbol.asyncDispose]: async () => {
      lab[Symbol.dispose]();
      spare?.[Symbol.dispose]();
      await remove();
    },
  };
}

async function run(options: WorkstationOptions): Promise<ContainerHandle> {
  const { engine, signal } = options;
  try {
    const id = await engine.containers.run(containerOptions(options), signal);
    return new ContainerHandle(engine, id, HOSTNAME);
  } catch (error) {
    signal.throwIfAborted();
    throw toLabError(error, 'LAB_WORKSTATION_START_FAILED');
  }
}

/** What the engine gets to create the container. Pure. */
export function containerOptions({ image, labels, name, network, workers }: WorkstationContainer) {
  return {
    Image: image,
    name,
    Hostname: HOSTNAME,
    Labels: labels,
    HostConfig: {
      NetworkMode: network,
      // NET_ADMIN only sets up the routes: the entrypoint drops it and SETPCAP for good before the
      // first shell.
      CapDrop: ['ALL'],
      CapAdd: ['SETUID', 'SETGID', 'SETPCAP', 'KILL', 'NET_ADMIN'],
      SecurityOpt: ['no-new-privileges'],
      Init: true,
      PidsLimit: PIDS_LIMIT,
      NanoCpus: NANO_CPUS,
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      Tmpfs: { '/run': 'mode=755' },
      ExtraHosts: nodeHosts(workers).map((node) => `${node.name}:${node.address}`),
      // The engine's resolver would carry queries out of the sandbox.
      Dns: ['127.0.0.1'],
      Sysctls: { 'net.ipv4.ping_group_range': '0 2147483647' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  };
}

/**
 * Waits inside the container, in one call, until the supervisor listens. Fails at once when the
 * container exits.
 */
async function waitForSupervisor(container: NodeHandle, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  const script = `until test -S ${SUPERVISOR_SOCKET}; do sleep 0.02; done`;
  let problem: string;
  try {
    const { exitCode, stderr } = await container.exec(['bash', '-c', script], { signal: limit });
    if (exitCode === 0) return;
    problem = `It says: ${stderr.trim()}`;
  } catch (error) {
    signal.throwIfAborted();
    problem = error instanceof Error ? error.message : String(error);
  }
  const lines = (await container.logs()).trim().split('\n');
  throw new LabError(
    'LAB_WORKSTATION_START_FAILED',
    `The workstation did not accept terminals. ${problem} ${lines.slice(-3).join(' ')}`,
  );
}

async function writeKubeConfig(
  container: NodeHandle,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const script = `umask 077 && cat > ${HOME}/.kube/config`;
  const { exitCode, stderr } = await container.exec(['sh', '-c', script], {
    user: LEARNER,
    input: text,
    signal,
  });
  if (exitCode !== 0) {
    throw new LabError(
      'LAB_WORKSTATION_START_FAILED',
      `The kubeconfig could not be written: ${stderr.trim()}`,
    );
  }
}
