import type { Addon } from '../../src/protocol/lab.ts';
import type { StartedKindCluster } from './kind-cluster.ts';
import { ADMIN_CONFIG } from './kubeadm-start.ts';

/** Manifests in the node image, by add-on; their images are on every node. */
const MANIFESTS: Partial<Record<Addon, string>> = {
  'metrics-server': '/kind/optional/metrics-server.yaml',
};

/** Puts the add-ons into a running cluster; applying twice is harmless. Resolves when the API server has taken them, before their pods run. Throws `NodeCommandError`. */
export async function applyAddons(
  { controlPlane }: Pick<StartedKindCluster, 'controlPlane'>,
  addons: readonly Addon[],
  signal: AbortSignal,
): Promise<void> {
  for (const addon of addons) {
    const manifest = MANIFESTS[addon];
    if (manifest === undefined) continue;
    const kubectl = ['kubectl', `--kubeconfig=${ADMIN_CONFIG}`];
    await controlPlane.exec([...kubectl, 'apply', `--filename=${manifest}`], { signal });
  }
}
