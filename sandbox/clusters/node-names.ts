/** The most workers that the node image has addresses and routes for. */
export const MAX_WORKERS = 5;

/** kind's names: `control-plane`, `worker`, `worker2`, … A node's index decides its addresses. */
export function nodeName(index: number): string {
  if (index === 0) return 'control-plane';
  return index === 1 ? 'worker' : `worker${index}`;
}

/** A node's fixed address on its cluster's own wire: the same in every cluster. */
export function nodeAddress(index: number): string {
  return `10.89.0.${index + 2}`;
}

/** The port of the API server, inside. */
export const API_PORT = 6443;
