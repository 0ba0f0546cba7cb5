import { KubeConfig } from '@kubernetes/client-node';
import { randomBytes } from 'node:crypto';
import { KubeApi } from '../kube/kube-api.ts';
import type { NodeHandle } from '../node-handle.ts';
import { DISCOVERY_PATH, discoveryFile, initConfig, joinConfig } from './kubeadm-config.ts';
import { ADMIN_CONFIG, runOnNode } from './node-commands.ts';
import { untilClusterReady } from './readiness.ts';

/** Nodes that run, on which Kubernetes is to be started. */
export interface KubernetesStart {
  controlPlane: NodeHandle;
  workers: readonly NodeHandle[];
  /** Where the host reaches the API server. */
  address: string;
  stage: <T>(stage: 'control-plane' | 'workers', work: () => Promise<T>) => Promise<T>;
  signal: AbortSignal;
}

/** kind's own way: `kubeadm init` and `join`. Resolves with the administrator's kubeconfig when all nodes are Ready, and names and services work. */
export async function startByKubeadm(options: KubernetesStart): Promise<string> {
  const { controlPlane, workers, address, stage, signal } = options;
  const token = `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`;
  const run = async (node: NodeHandle, ...argv: string[]): Promise<string> =>
    runOnNode(node, argv, { signal });
  await stage('control-plane', async () => {
    await run(controlPlane, ...writing('/run/kubeadm.yaml', initConfig(token)));
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
        await run(worker, ...writing(DISCOVERY_PATH, discovery));
        await run(worker, ...writing('/run/kubeadm.yaml', joinConfig(i + 1, token)));
        await run(worker, 'kubeadm', 'join', '--config=/run/kubeadm.yaml');
      }),
    ]);
    using api = new KubeApi(toKubeConfig(kubeConfigText));
    await untilClusterReady(api, workers.length + 1, signal);
    await run(controlPlane, 'kubeadm', admin, 'token', 'delete', token);
  });
  return kubeConfigText;
}

/** The same kubeconfig, for use on the host. */
export function reachedAt(adminConfig: string, address: string): string {
  return adminConfig.replace(/server: .*/, `server: ${address}`);
}

export function toKubeConfig(text: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(text);
  return config;
}

/** A command that writes a file: the engine cannot copy into a tmpfs such as /run, so a shell does. */
function writing(path: string, content: string): string[] {
  return ['bash', '-c', 'umask 077; printf %s "$1" > "$2"', 'write', content, path];
}
