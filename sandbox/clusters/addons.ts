import type { Addon } from '../../src/protocol/lab.ts';
import type { NodeHandle } from '../node-handle.ts';
import { runKubectl } from './node-commands.ts';

const FOLDER = '/kind/optional';

/** What an add-on is made of: manifests in the node image, whose images are on every node, and what is done from outside. */
interface Parts {
  /** Custom resource definitions, known to the API server before the rest is applied. */
  definitions?: string;
  rest?: string;
  /** Its Services of type LoadBalancer want addresses, as from a cloud. */
  wantsAddresses?: boolean;
}

const PARTS: Record<Addon, Parts> = {
  'metrics-server': { rest: `${FOLDER}/metrics-server.yaml` },
  'load-balancer': { wantsAddresses: true },
  // Part of every template whose node image has it.
  storage: {},
  gateway: {
    definitions: `${FOLDER}/gateway/definitions`,
    rest: `${FOLDER}/gateway/contour.yaml`,
    wantsAddresses: true,
  },
};

/** Whether somebody must play the cloud for these add-ons. */
export function wantAddresses(addons: readonly Addon[]): boolean {
  return addons.some((addon) => PARTS[addon].wantsAddresses);
}

/** Puts the add-ons into a running cluster; applying twice is harmless. Resolves when the API server has taken them, before their pods run. Throws `NodeCommandError`. */
export async function applyAddons(
  controlPlane: NodeHandle,
  addons: readonly Addon[],
  signal: AbortSignal,
): Promise<void> {
  const kubectl = async (...argv: string[]): Promise<string> =>
    runKubectl(controlPlane, argv, { signal });
  for (const addon of addons) {
    const { definitions, rest } = PARTS[addon];
    if (definitions !== undefined) {
      const files = ['--recursive', `--filename=${definitions}`];
      // A definition of the Gateway API is larger than the annotation in which kubectl keeps what it applied itself.
      await kubectl('apply', '--server-side', '--force-conflicts', ...files);
      await kubectl('wait', '--for=condition=Established', '--timeout=20s', ...files);
    }
    if (rest !== undefined) await kubectl('apply', `--filename=${rest}`);
  }
}
