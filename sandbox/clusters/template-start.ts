import { z } from 'zod';
import { type KubernetesStart, reachedAt, toKubeConfig } from './kubeadm-start.ts';
import { nodeName } from './node-names.ts';
import { labelControlPlane, untilApiReady, untilClusterReady } from './readiness.ts';

const BOOT = '/usr/local/bin/boot-from-template';

const keysSchema = z.object({ admin: z.string(), kubelets: z.record(z.string(), z.string()) });

/** What each node does by itself while its container starts, with `boot-from-template`. */
export function templateBoot(index: number, workers: number): string {
  if (index > 0) return 'worker';
  const names = Array.from({ length: workers }, (_, worker) => nodeName(worker + 1));
  return ['control-plane', ...names].join(' ');
}

/**
 * Boots a cluster from the template in the nodes' image: no kubeadm init, no join. The control plane makes its own CA and keys, and none of the template's
 * would open it. Resolves with the administrator's kubeconfig when all nodes are Ready, and names and services work.
 */
export async function startFromTemplate(options: KubernetesStart): Promise<string> {
  const { controlPlane, workers, address, stage, signal } = options;
  const cluster = await stage('control-plane', async () => {
    const keys = keysSchema.parse(JSON.parse(await controlPlane.exec([BOOT, 'keys'], { signal })));
    const text = reachedAt(keys.admin, address);
    const api = toKubeConfig(text);
    await Promise.all([
      untilApiReady(api, signal),
      ...workers.map(async (worker) =>
        worker.exec([BOOT, 'join'], { signal, input: keys.kubelets[worker.name] ?? '' }),
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
