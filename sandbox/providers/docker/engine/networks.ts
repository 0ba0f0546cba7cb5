import type Dockerode from 'dockerode';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '../../../errors.ts';
import { hasStatus, quickCall } from './engine-errors.ts';
import type { Engine } from './engine.ts';

/**
 * An engine's own address pools end at 31 networks, so each session takes a /28 of 198.18.0.0/15: the range that RFC 2544 keeps for
 * benchmarks, which no real network routes. It has room for 8,192 sessions.
 */
const POOL_BASE = (198 << 24) | (18 << 16);
const POOL_BITS = 15;
const SUBNET_BITS = 28;
const SUBNETS = 2 ** (SUBNET_BITS - POOL_BITS);
/** All addresses that sessions have. */
export const SESSION_ADDRESSES = range(POOL_BASE, POOL_BITS);
const ATTEMPTS = 20;

/** What holds on to a network lets go a moment after it was told to. */
const REMOVALS = 10;
const REMOVAL_MS = 100;

export interface NetworkOptions {
  name: string;
  /** The bridge's interface name on the host, at most 15 characters: the firewall matches its prefix. */
  bridge: string;
  labels: Record<string, string>;
  signal: AbortSignal;
}

/**
 * Creates a bridge network without a way out: no masquerade, and its host side is closed by the firewall. `--internal` would drop the
 * nodes' second addresses as well. The caller removes it. Returns its id. Rejects with the signal's reason when aborted; nothing is left then.
 * Errors: `LAB_CAPACITY_FULL`.
 */
export async function createNetwork(engine: Engine, options: NetworkOptions): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    options.signal.throwIfAborted();
    const id = await tryNetwork(engine, options, subnetAt(randomInt(SUBNETS)));
    if (id === undefined) continue;
    if (options.signal.aborted) await removeNetwork(engine, id);
    options.signal.throwIfAborted();
    return id;
  }
  throw new LabError('LAB_CAPACITY_FULL', `No free network was found in ${ATTEMPTS} attempts.`);
}

/** The id, or nothing when another network has some of the addresses: only the engine knows, as other installs may use it too. */
async function tryNetwork(
  engine: Engine,
  { name, bridge, labels }: NetworkOptions,
  subnet: string,
): Promise<string | undefined> {
  try {
    // An aborted request may still have made the network, so the answer is waited for.
    const network = await quickCall(async () =>
      engine.docker.createNetwork({
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

/** Removes a network, disconnecting whatever still holds on to it (moby#42119). One that is gone already is fine. */
export async function removeNetwork(engine: Engine, id: string): Promise<void> {
  const network = engine.docker.getNetwork(id);
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

async function disconnectAll(network: Dockerode.Network): Promise<void> {
  try {
    const { Containers } = (await network.inspect()) as { Containers?: Record<string, unknown> };
    for (const container of Object.keys(Containers ?? {})) {
      await network.disconnect({ Container: container, Force: true });
    }
  } catch {
    // Another removal was faster; the next attempt tells.
  }
}

function subnetAt(index: number): string {
  return range(POOL_BASE + index * 2 ** (32 - SUBNET_BITS), SUBNET_BITS);
}

function range(address: number, bits: number): string {
  const octets = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
  return `${octets.join('.')}/${bits}`;
}

/** Not a bridge or a name that exists already: those stay wrong with any other addresses. */
function isOverlap(error: unknown): boolean {
  return error instanceof Error && /overlap/i.test(error.message);
}
