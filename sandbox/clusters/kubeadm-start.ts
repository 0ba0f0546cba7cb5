import { KubeConfig } from '@kubernetes/client-node';
import { randomBytes } from 'node:crypto';
import { KubeApi } from '../kube/kube-api.ts';
import type { NodeHandle } from '../node-handle.ts';
import { DISCOVERY_PATH, discoveryFile, initConfig, joinConfig } from './kubeadm-config.ts';
import { ADMIN_CONFIG, runOnNode } from './node-commands.ts';
import { untilClusterReady } from './readiness.ts';

/** Running nodes on which to start Kubernetes. */
export interface KubernetesStart {
  controlPlane: NodeHandle;
  workers: readonly NodeHandle[];
  /** The URL at which the host reaches the API server. */
  address: string;
  stage: <T>(stage: 'control-plane' | 'workers', work: () => Promise<T>) => Promise<T>;
  signal: AbortSignal;
}

/**
 * Starts Kubernetes in kind's way, by `kubeadm init` and `kubeadm join`. Resolves with the
 * administrator's kubeconfig for the host, when all nodes are Ready and names and services work.
 * Errors: `NodeCommandError`, `LAB_ENGINE_UNREACHABLE`; rejects with the signal's reason when
 * aborted.
 */
export async function startByKubeadm(options: KubernetesStart): Promise<string> {
  const { controlPlane, workers, address, stage, signal } = options;
  const token = `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`;
  const run = async (node: NodeHandle, ...argv: string[]): Promise<string> =>
    runOnNode(node, argv, { signal });
  await stage('control-plane', async () => {
    await run(controlPlane, ...writeCommand('/run/kubeadm.yaml', initConfig(token)));
    await run(controlPlane, 'kubeadm', 'init', '--config=/run/kubeadm.yaml', '--skip-token-print');
  });
  const adminConfig = await run(controlPlane, 'cat', ADMIN_CONFIG);
  const discovery = discoveryFile(adminConfig, token);
  const kubeConfigText = reachedAt(adminConfig, address);
  await stage('workers', async () => {
    const admin = `--kubeconfig=${ADMIN_CONFIG}`;
    await Promise.all([
      run(controlPlane, 'kubectl', admin, 'apply', '--filename=/kind/addons'),
      ...workers.map(async (worker, i) => {
        await run(worker, ...writeCommand(DISCOVERY_PATH, discovery));
        await run(worker, ...writeCommand('/run/kubeadm.yaml', joinConfig(i + 1, token)));
        await run(worker, 'kubeadm', 'join', '--config=/run/kubeadm.yaml');
      }),
    ]);
    using api = new KubeApi(toKubeConfig(kubeConfigText));
    await untilClusterReady(api, workers.length + 1, signal);
    await run(controlPlane, 'kubeadm', admin, 'token', 'delete', token);
  });
  return kubeConfigText;
}

/** The same kubeconfig, with the address at which the host reaches the API server. */
export function reachedAt(adminConfig: string, address: string): string {
  return adminConfig.replace(/server: .*/, `server: ${address}`);
}

export function toKubeConfig(text: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(text);
  return config;
}

/**
 * A shell command that writes a file that only root can read: a container engine cannot copy into
 * a tmpfs such as /run.
 */
function writeCommand(path: string, content: string): string[] {
  return ['bash', '-c', 'umask 077; printf %s "$1" > "$2"', 'write', content, path];
}
