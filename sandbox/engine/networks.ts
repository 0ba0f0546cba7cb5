import { randomInt } from 'node:crypto';
import { LabError } from '../errors.ts';
import { engineCall, hasStatus } from './engine-errors.ts';
import type { Engine } from './engine.ts';

/**
 * An engine's own address pools end at 31 networks, so each session takes a /28 of 198.18.0.0/15: the range that RFC 2544 keeps for
 * benchmarks, which no real network routes. It has room for 8,192 sessions.
 */
const POOL_BASE = (198 << 24) | (18 << 16);
const SUBNET_BITS = 28;
const SUBNETS = 2 ** (SUBNET_BITS - 15);
const ATTEMPTS = 20;

export interface NetworkOptions {
  name: string;
  /** The bridge's interface name on the host, at most 15 characters: the firewall matches its prefix. */
  bridge: string;
  labels: Record<string, string>;
  signal: AbortSignal;
}

/**
 * Creates a bridge network without a way out: no masquerade, and its host side is closed by the firewall. `--internal` would drop the
 * nodes' second addresses as well. The caller removes it. Returns its id.
 */
export async function createNetwork(engine: Engine, options: NetworkOptions): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    options.signal.throwIfAborted();
    const subnet = subnetAt(randomInt(SUBNETS));
    try {
      const network = await engineCall(async () =>
        engine.docker.createNetwork({
          Name: options.name,
          Driver: 'bridge',
          CheckDuplicate: true,
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
          Options: {
            'com.docker.network.bridge.name': options.bridge,
            'com.docker.network.bridge.enable_ip_masquerade': 'false',
          },
          Labels: options.labels,
          abortSignal: options.signal,
        }),
      );
      return network.id;
    } catch (error) {
      if (!isOverlap(error)) throw error;
    }
  }
  throw new LabError('LAB_CAPACITY_FULL', `No free network was found in ${ATTEMPTS} attempts.`);
}

/** Removes a network, disconnecting whatever still holds on to it (moby#42119). One that is gone already is fine. */
export async function removeNetwork(engine: Engine, id: string): Promise<void> {
  await engineCall(async () => {
    const network = engine.docker.getNetwork(id);
    try {
      await network.remove();
    } catch (error) {
      if (hasStatus(error, 404)) return;
      if (!hasStatus(error, 403, 409)) throw error;
      const { Containers } = (await network.inspect()) as { Containers?: Record<string, unknown> };
      for (const container of Object.keys(Containers ?? {})) {
        await network.disconnect({ Container: container, Force: true }).catch(() => undefined);
      }
      await network.remove();
    }
  });
}

function subnetAt(index: number): string {
  const address = POOL_BASE + index * 2 ** (32 - SUBNET_BITS);
  const octets = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
  return `${octets.join('.')}/${SUBNET_BITS}`;
}

function isOverlap(error: unknown): boolean {
  return error instanceof Error && /overlaps|conflicts with network/i.test(error.message);
}
