import type { Addon } from '../../src/protocol/lab.ts';
import type { NodeHandle } from '../node-handle.ts';
import { runKubectl } from './node-commands.ts';

const FOLDER = '/kind/optional';

/**
 * Manifests in the node image, whose images are on every node, and what runs outside the cluster.
 */
interface AddonParts {
  /** Custom resource definitions, which the API server must know before the manifests. */
  definitions?: string;
  manifests?: string;
  /** It has Services of type LoadBalancer, to which `LoadBalancers` gives addresses. */
  needsLoadBalancers?: boolean;
}

const PARTS: Record<Addon, AddonParts> = {
  'metrics-server': { manifests: `${FOLDER}/metrics-server.yaml` },
  'load-balancer': { needsLoadBalancers: true },
  // Part of every template whose node image has it.
  storage: {},
  gateway: {
    definitions: `${FOLDER}/gateway/definitions`,
    manifests: `${FOLDER}/gateway/contour.yaml`,
    needsLoadBalancers: true,
  },
};

/** Whether any of these add-ons needs addresses for Services of type LoadBalancer. */
export function needLoadBalancers(addons: readonly Addon[]): boolean {
  return addons.some((addon) => PARTS[addon].needsLoadBalancers);
}

/**
 * Applies add-ons to a running cluster; applying them twice is harmless. Resolves when the API
 * server has accepted them, before their pods run. Errors: `NodeCommandError`,
 * `LAB_ENGINE_UNREACHABLE`; rejects with the signal's reason when aborted.
 */
export async function applyAddons(
  controlPlane: NodeHandle,
  addons: readonly Addon[],
  signal: AbortSignal,
): Promise<void> {
  const kubectl = async (...argv: string[]): Promise<string> =>
    runKubectl(controlPlane, argv, { signal });
  for (const addon of addons) {
    const { definitions, manifests } = PARTS[addon];
    if (definitions !== undefined) {
      const files = ['--recursive', `--filename=${definitions}`];
      // A definition of the Gateway API exceeds the annotation in which client-side apply keeps
      // what it applied.
      await kubectl('apply', '--server-side', '--force-conflicts', ...files);
      await kubectl('wait', '--for=condition=Established', '--timeout=20s', ...files);
    }
    if (manifests !== undefined) await kubectl('apply', `--filename=${manifests}`);
  }
}
