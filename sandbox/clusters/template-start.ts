import { z } from 'zod';
import { KubeApi } from '../kube/kube-api.ts';
import { type KubernetesStart, reachedAt, toKubeConfig } from './kubeadm-start.ts';
import { runOnNode } from './node-commands.ts';
import { labelControlPlane, untilApiReady, untilClusterReady } from './readiness.ts';

const BOOT = '/usr/local/bin/boot-from-template';

const keysSchema = z.object({ admin: z.string(), kubelets: z.record(z.string(), z.string()) });

/**
 * Boots a cluster from the template in the nodes' image, without `kubeadm init` and `join`. The
 * control plane generates its own CA and keys; none of the template's keys are valid for it.
 *
 * Resolves with the administrator's kubeconfig for the host, when all nodes are Ready and names and
 * services work. Errors: `NodeCommandError`, `LAB_ENGINE_UNREACHABLE`; rejects with the signal's
 * reason when aborted.
 */
export async function startFromTemplate(options: KubernetesStart): Promise<string> {
  const { controlPlane, workers, address, stage, signal } = options;
  using lifetime = new DisposableStack();
  const cluster = await stage('control-plane', async () => {
    const names = workers.map(({ name }) => name);
    const output = await runOnNode(controlPlane, [BOOT, 'control-plane', ...names], { signal });
    const keys = keysSchema.parse(JSON.parse(output));
    const text = reachedAt(keys.admin, address);
    const api = lifetime.use(new KubeApi(toKubeConfig(text)));
    await Promise.all([
      untilApiReady(api, signal),
      ...workers.map(async (worker) =>
        runOnNode(worker, [BOOT, 'worker'], { signal, input: keys.kubelets[worker.name] ?? '' }),
      ),
    ]);
    return { text, api };
  });
  await stage('workers', async () => {
    await labelControlPlane(cluster.api, signal);
    await untilClusterReady(cluster.api, workers.length + 1, signal);
  });
  return cluster.text;
}
