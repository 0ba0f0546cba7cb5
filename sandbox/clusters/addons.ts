import type { Addon } from '../../src/protocol/lab.ts';
import type { StartedKindCluster } from './kind-cluster.ts';
import { ADMIN_CONFIG } from './kubeadm-start.ts';

const FOLDER = '/kind/optional';

interface Manifests {
  /** Custom resource definitions, known to the API server before the rest is applied. */
  definitions?: string;
  rest: string;
}

/** Manifests in the node image, by add-on; their images are on every node. */
const MANIFESTS: Partial<Record<Addon, Manifests>> = {
  'metrics-server': { rest: `${FOLDER}/metrics-server.yaml` },
  gateway: {
    definitions: `${FOLDER}/gateway/definitions`,
    rest: `${FOLDER}/gateway/contour.yaml`,
  },
};

/** Puts the add-ons into a running cluster; applying twice is harmless. Resolves when the API server has taken them, before their pods run. Throws `NodeCommandError`. */
export async function applyAddons(
  { controlPlane }: Pick<StartedKindCluster, 'controlPlane'>,
  addons: readonly Addon[],
  signal: AbortSignal,
): Promise<void> {
  const kubectl = async (...argv: string[]): Promise<string> =>
    controlPlane.exec(['kubectl', `--kubeconfig=${ADMIN_CONFIG}`, ...argv], { signal });
  for (const addon of addons) {
    const manifests = MANIFESTS[addon];
    if (manifests === undefined) continue;
    const { definitions, rest } = manifests;
    if (definitions !== undefined) {
      const files = ['--recursive', `--filename=${definitions}`];
      // A definition of the Gateway API is larger than the annotation in which kubectl keeps what it applied itself.
      await kubectl('apply', '--server-side', '--force-conflicts', ...files);
      await kubectl('wait', '--for=condition=Established', '--timeout=20s', ...files);
    }
    await kubectl('apply', `--filename=${rest}`);
  }
}
