import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { profileSchema } from '../../src/protocol/lab.ts';
import {
  API_PORT,
  CLUSTER_DNS_ADDRESS,
  LOAD_BALANCER_SUBNET,
  MAX_WORKERS,
  nodeAddress,
  nodeHosts,
  POD_SUBNET,
  SERVICE_SUBNET,
  WORKSTATION_ADDRESS,
} from './addresses.ts';

const roots = ['node', 'workstation'].map(
  (image) => new URL(`../images/${image}/root/`, import.meta.url).pathname,
);

/**
 * A sandbox's addresses, with a shell's `$node` or `$((node + 2))` for a part and a mask or port.
 */
const ADDRESS =
  /\b10\.(?:89|96|244)(?:\.(?:\d+|\$\w+|\$\(\(\w+ \+ \d+\)\))){2}(?:[/:]\d+(?![\d.]))?/g;
const VARIABLE = /\$(?:\(\((\w+) \+ (\d+)\)\)|\w+)/;

/** The files below the roots of both images that name addresses of a sandbox, without comments. */
function filesWithAddresses(): { path: string; text: string }[] {
  return roots
    .flatMap((root) => globSync(`${root}**/*`, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .map((path) => ({ path, text: readFileSync(path, 'utf8').replaceAll('\\.', '.') }))
    .map(({ path, text }) => ({ path, text: text.replaceAll(/^\s*#.*$/gm, '') }))
    .filter(({ text }) => text.search(ADDRESS) >= 0);
}

/** The address that a shell makes for one node. */
function forNode(address: string, index: number): string {
  return address.replace(VARIABLE, (_, _variable, summand: string | undefined) =>
    String(index + Number(summand ?? 0)),
  );
}

describe('the addresses of a sandbox', () => {
  it('are those that the scripts and manifests of the images name', () => {
    const nodes = Array.from({ length: MAX_WORKERS + 1 }, (_, index) => nodeAddress(index));
    const allowed = new Set([
      ...nodes,
      ...nodes.map((address) => `${address}/24`),
      ...nodes.map((_, index) => POD_SUBNET.replace('.0.0/16', `.${index}.0/24`)),
      ...[`${nodeAddress(0)}:${API_PORT}`, `${nodeAddress(0)}/${API_PORT}`],
      ...[`${WORKSTATION_ADDRESS}/24`, CLUSTER_DNS_ADDRESS],
      ...[POD_SUBNET, SERVICE_SUBNET, LOAD_BALANCER_SUBNET],
    ]);
    const files = filesWithAddresses();
    expect(files.length).toBeGreaterThanOrEqual(6);
    for (const { path, text } of files) {
      for (const [address] of text.matchAll(ADDRESS)) {
        for (const index of nodes.keys()) {
          expect(allowed, `${address} in ${path}`).toContain(forNode(address, index));
        }
      }
    }
  });

  it('have a route in both images for each node', () => {
    for (const root of roots) {
      const entrypoint = readFileSync(`${root}usr/local/bin/entrypoint`, 'utf8');
      expect(entrypoint).toContain(`in $(seq 0 ${MAX_WORKERS}); do`);
    }
  });

  it('suffice for the most workers that a profile may ask for', () => {
    expect(profileSchema.safeParse({ workers: MAX_WORKERS }).success).toBe(true);
    expect(profileSchema.safeParse({ workers: MAX_WORKERS + 1 }).success).toBe(false);
    const addresses = nodeHosts(MAX_WORKERS).map(({ address }) => address);
    expect(addresses).not.toContain(WORKSTATION_ADDRESS);
    expect(new Set(addresses).size).toBe(MAX_WORKERS + 1);
  });
});
