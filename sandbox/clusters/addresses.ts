/**
 * Addresses and host names inside a sandbox: the same in every sandbox, because the template of the
 * cluster contains them. The node image's and the workstation image's scripts and manifests repeat
 * them; `addresses.test.ts` compares. This file is part of the cluster image's recipe.
 */

/** The most workers for which the images have routes. */
export const MAX_WORKERS = 5;

/** The port of the API server on the control plane. */
export const API_PORT = 6443;

export const WORKSTATION_ADDRESS = '10.89.0.10';

export const POD_SUBNET = '10.244.0.0/16';
export const SERVICE_SUBNET = '10.96.0.0/16';
export const CLUSTER_DNS_ADDRESS = '10.96.0.10';

/**
 * Outside the subnets of nodes, pods and services. The workstation routes it to the control plane,
 * whose kube-proxy does the rest.
 */
export const LOAD_BALANCER_SUBNET = '10.89.1.0/24';
export const LOAD_BALANCER_ADDRESSES: readonly string[] = Array.from(
  { length: 250 },
  (_, index) => `10.89.1.${index + 1}`,
);

/**
 * The name of a node as in kind: `control-plane`, `worker`, `worker2`, …
 *
 * @param index 0 is the control plane
 */
export function nodeName(index: number): string {
  if (index === 0) return 'control-plane';
  return index === 1 ? 'worker' : `worker${index}`;
}

/** A node's fixed address, beside the one that the provider's network gives it. */
export function nodeAddress(index: number): string {
  return `10.89.0.${index + 2}`;
}

/** Name and address of every node of a cluster, the control plane first. */
export function nodeHosts(workers: number): { name: string; address: string }[] {
  return Array.from({ length: workers + 1 }, (_, index) => ({
    name: nodeName(index),
    address: nodeAddress(index),
  }));
}
