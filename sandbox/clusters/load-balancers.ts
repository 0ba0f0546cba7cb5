import { setTimeout as delay } from 'node:timers/promises';
import { withTimeout } from '../../src/async.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { LOAD_BALANCER_ADDRESSES } from './addresses.ts';

/** A cloud takes a minute or so; here a lesson waits. */
const POLL_MS = 2_000;
/** A frozen API server answers nothing. */
const CALL_MS = 5_000;

/** What matters of a Service here. */
export interface BalancedService extends Pick<KubeObject, 'metadata'> {
  spec?: { type?: string; loadBalancerClass?: string };
  status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
}

/** A Service, and the address that it should have; undefined means none. */
export interface AddressChange {
  service: BalancedService;
  address: string | undefined;
}

/**
 * Plays the cloud for a cluster: gives each Service of type LoadBalancer an address, and takes it
 * back. In a cloud, too, that program runs outside the nodes. This assigns addresses only; the
 * nodes' own kube-proxy distributes the traffic.
 */
export class LoadBalancers {
  readonly #api: KubeApi;
  readonly #onTrouble: (error: unknown) => void;
  #running = new AbortController();

  /** `onTrouble` gets the error of each failed round; the next round follows soon. */
  constructor(api: KubeApi, onTrouble: (error: unknown) => void) {
    this.#api = api;
    this.#onTrouble = onTrouble;
    this.#running.abort();
  }

  /** Runs until {@link stop}, whatever the API server answers. Starting twice is harmless. */
  start(): void {
    if (!this.#running.signal.aborted) return;
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  /** Leaves the addresses as they are. Stopping twice is harmless. */
  stop(): void {
    this.#running.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#assign(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#onTrouble(error);
      }
      await delay(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  async #assign(signal: AbortSignal): Promise<void> {
    const { items } = await this.#api.list('/api/v1/services', withTimeout(signal, CALL_MS));
    for (const { service, address } of addressChanges(items)) {
      const { name, namespace = '' } = service.metadata;
      const ingress = address === undefined ? null : [{ ip: address, ipMode: 'VIP' }];
      await this.#api.patch(
        `/api/v1/namespaces/${namespace}/services/${name}/status`,
        { status: { loadBalancer: { ingress } } },
        withTimeout(signal, CALL_MS),
      );
    }
  }
}

/** Which Services need another address than they have. Pure. */
export function addressChanges(services: readonly BalancedService[]): AddressChange[] {
  const taken = services.filter(isBalanced).map(addressOf);
  const free = LOAD_BALANCER_ADDRESSES.filter((address) => !taken.includes(address));
  return services
    .filter((service) => isBalanced(service) !== (addressOf(service) !== undefined))
    .map((service) => ({ service, address: isBalanced(service) ? free.shift() : undefined }))
    .filter(({ service, address }) => address !== addressOf(service));
}

function isBalanced({ spec, metadata }: BalancedService): boolean {
  return (
    spec?.type === 'LoadBalancer' &&
    // A Service with a class belongs to another implementation.
    spec.loadBalancerClass === undefined &&
    metadata.deletionTimestamp === undefined
  );
}

function addressOf({ status }: BalancedService): string | undefined {
  return status?.loadBalancer?.ingress?.[0]?.ip;
}
