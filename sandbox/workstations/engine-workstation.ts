import { setTimeout } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { LabError } from '../errors.ts';
import type { Workstation } from '../provider.ts';
import { openTerminal } from './terminal-connection.ts';

const LEARNER = 'learner';
const HOME = '/home/learner';
const MEMORY_BYTES = 512 * 1024 * 1024;
const PIDS_LIMIT = 256;
const READY_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 100;

export interface WorkstationOptions {
  engine: Engine;
  image: string;
  /** The name of the cluster's network. */
  network: string;
  labels: Record<string, string>;
  name: string;
  /** The learner's kubeconfig: a secret, written into the container and nowhere else. */
  sessionKubeconfig: string;
  signal: AbortSignal;
}

/**
 * Starts a workstation. Resolves when it takes terminals. The caller disposes it. A start that fails has removed it.
 * Errors: `LAB_WORKSTATION_START_FAILED`, `LAB_ENGINE_UNREACHABLE`.
 */
export async function startWorkstation(
  options: WorkstationOptions,
): Promise<Workstation & AsyncDisposable> {
  const { engine, signal } = options;
  const id = await engine.runContainer(containerOptions(options), signal);
  const remove = async (): Promise<void> => engine.removeContainer(id);
  try {
    await Promise.all([
      waitForSupervisor(engine, id, signal),
      writeKubeConfig(engine, id, options.sessionKubeconfig),
    ]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    exec: async (argv, { signal: execSignal }) => {
      const { exitCode, stdout, stderr } = await engine.exec(id, argv, {
        user: LEARNER,
        workingDir: `${HOME}/lab`,
        env: { HOME, USER: LEARNER },
        signal: execSignal,
      });
      return { exitCode, output: stdout + stderr };
    },
    openTerminal: async (terminal, { signal: openSignal }) =>
      openTerminal(engine, id, terminal, openSignal),
    [Symbol.asyncDispose]: remove,
  };
}

function containerOptions({ image, labels, name, network }: WorkstationOptions) {
  return {
    Image: image,
    name,
    Hostname: 'workstation',
    Labels: labels,
    HostConfig: {
      NetworkMode: network,
      // NET_ADMIN and NET_RAW go as soon as the entrypoint has set the routes; ping needs none.
      CapDrop: ['ALL'],
      CapAdd: ['SETUID', 'SETGID', 'SETPCAP', 'KILL', 'NET_ADMIN', 'CHOWN', 'DAC_OVERRIDE'],
      SecurityOpt: ['no-new-privileges'],
      Init: true,
      PidsLimit: PIDS_LIMIT,
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      Tmpfs: { '/run': 'mode=755' },
      ExtraHosts: ['control-plane:10.89.0.2', 'worker:10.89.0.3', 'worker2:10.89.0.4'],
      // The engine's own resolver would carry questions out of the sandbox.
      Dns: ['127.0.0.1'],
      Sysctls: { 'net.ipv4.ping_group_range': '0 2147483647' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  };
}

async function waitForSupervisor(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const { exitCode } = await engine.exec(id, ['test', '-S', '/run/kindlab/supervisor.sock'], {
      signal,
    });
    if (exitCode === 0) return;
    await setTimeout(READY_POLL_MS, undefined, { signal });
  }
  const logs = await engine.logs(id);
  throw new LabError(
    'LAB_WORKSTATION_START_FAILED',
    `The workstation took no terminals within ${READY_TIMEOUT_MS / 1000} seconds. ${logs.trim().split('\n').slice(-3).join(' ')}`,
  );
}

async function writeKubeConfig(engine: Engine, id: string, text: string): Promise<void> {
  const script = `umask 077 && cat > ${HOME}/.kube/config`;
  const { exitCode, stderr } = await engine.exec(id, ['sh', '-c', script], {
    user: LEARNER,
    input: text,
  });
  if (exitCode !== 0) {
    throw new LabError(
      'LAB_WORKSTATION_START_FAILED',
      `The kubeconfig could not be written: ${stderr.trim()}`,
    );
  }
}
