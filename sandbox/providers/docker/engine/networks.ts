import type Dockerode from 'dockerode';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '../../../errors.ts';
import { hasStatus, quickCall } from './engine-errors.ts';

/**
 * An engine's own address pools are exhausted after 31 networks, so each session takes a /28 of
 * 198.18.0.0/15: RFC 2544 reserves that range for benchmarks, and no real network routes it. It
 * holds 8,192 sessions.
 */
const POOL_BASE = (198 << 24) | (18 << 16);
const POOL_BITS = 15;
const SUBNET_BITS = 28;
const SUBNETS = 2 ** (SUBNET_BITS - POOL_BITS);
/** The range of all sessions' addresses. */
export const SESSION_ADDRESSES = range(POOL_BASE, POOL_BITS);
const ATTEMPTS = 20;

/** A disconnected container releases its network only a moment later. */
const REMOVALS = 10;
const REMOVAL_MS = 100;

export interface NetworkOptions {
  name: string;
  /**
   * The bridge's interface name on the host, at most 15 characters: the firewall matches its
   * prefix.
   */
  bridge: string;
  labels: Record<string, string>;
  signal: AbortSignal;
}

/** The bridge networks of an engine. */
export class Networks {
  readonly #docker: Dockerode;

  constructor(docker: Dockerode) {
    this.#docker = docker;
  }

  /**
   * Creates a bridge network without a way out: it does not masquerade, and the firewall closes its
   * host side. `--internal` would also drop the nodes' second addresses. The caller removes it.
   *
   * Resolves with its id. Rejects with the signal's reason when aborted, and leaves nothing then.
   * Errors: `LAB_CAPACITY_FULL`.
   */
  async create(options: NetworkOptions): Promise<string> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      options.signal.throwIfAborted();
      const id = await this.#tryCreate(options, subnetAt(randomInt(SUBNETS)));
      if (id === undefined) continue;
      if (options.signal.aborted) await this.remove(id);
      options.signal.throwIfAborted();
      return id;
    }
    throw new LabError('LAB_CAPACITY_FULL', `No free network was found in ${ATTEMPTS} attempts.`);
  }

  /** Lists the networks that carry all of these labels: `key` or `key=value`. */
  async list(
    labels: string[],
  ): Promise<{ id: string; name: string; labels: Record<string, string> }[]> {
    const networks = await quickCall(async () =>
      this.#docker.listNetworks({ filters: { label: labels } }),
    );
    return networks.map(({ Id, Name, Labels = {} }) => ({ id: Id, name: Name, labels: Labels }));
  }

  /**
   * Removes a network and disconnects the containers that are still on it (moby#42119). Resolves
   * when it is gone, even if another call removed it.
   */
  async remove(id: string): Promise<void> {
    const network = this.#docker.getNetwork(id);
    await quickCall(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          await network.remove();
          return;
        } catch (error) {
          if (hasStatus(error, 404)) return;
          if (!hasStatus(error, 403, 409) || attempt === REMOVALS) throw error;
        }
        await disconnectAll(network);
        await delay(REMOVAL_MS);
      }
    });
  }

  /**
   * The id, or undefined when another network has some of the addresses. Only the engine knows
   * that, since other installs may use it too.
   */
  async #tryCreate(
    { name, bridge, labels }: NetworkOptions,
    subnet: string,
  ): Promise<string | undefined> {
    try {
      // An aborted request may still create the network, so this waits for the answer.
      const network = await quickCall(async () =>
        this.#docker.createNetwork({
          Name: name,
          Driver: 'bridge',
          CheckDuplicate: true,
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
          Options: {
            'com.docker.network.bridge.name': bridge,
            'com.docker.network.bridge.enable_ip_masquerade': 'false',
          },
          Labels: labels,
        }),
      );
      return network.id;
    } catch (error) {
      if (isOverlap(error)) return undefined;
      throw error;
    }
  }
}

async function disconnectAll(network: Dockerode.Network): Promise<void> {
  try {
    const { Containers } = (await network.inspect()) as { Containers?: Record<string, unknown> };
    for (const container of Object.keys(Containers ?? {})) {
      await network.disconnect({ Container: container, Force: true });
    }
  } catch {
    // Another removal was faster, or the next attempt fails with the reason.
  }
}

function subnetAt(index: number): string {
  return range(POOL_BASE + index * 2 ** (32 - SUBNET_BITS), SUBNET_BITS);
}

function range(address: number, bits: number): string {
  const octets = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
  return `${octets.join('.')}/${bits}`;
}

/** Not a bridge or a name that exists already: other addresses would not help with those. */
function isOverlap(error: unknown): boolean {
  return error instanceof Error && /overlap/i.test(error.message);
}
