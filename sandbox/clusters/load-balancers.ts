import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { setTimeout as delay } from 'node:timers/promises';

/** A cloud takes a minute or so; here a lesson waits. */
const POLL_MS = 2_000;
const CALL_MS = 5_000;
/** Outside of the nodes' wire, of pods and of services: the workstation has a route for it to the control plane, whose kube-proxy does the rest. */
const ADDRESSES = Array.from({ length: 250 }, (_, i) => `10.89.1.${i + 1}`);

/** What matters here of a Service. */
export interface ServiceSight {
  metadata?: { name?: string; namespace?: string; deletionTimestamp?: Date };
  spec?: { type?: string; loadBalancerClass?: string };
  status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
}

/**
 * Plays the part of a cloud for a cluster: gives each Service of type LoadBalancer an address of its own, and takes it back. In a cloud, too, that program runs outside of the
 * nodes. Only the addresses are made here: what comes to one is spread by the nodes' own kube-proxy.
 */
export class LoadBalancers {
  readonly #kubeConfig: KubeConfig;
  readonly #onTrouble: (error: unknown) => void;
  #running = new AbortController();

  /** `onTrouble` is told of each look that failed; the next comes soon. */
  constructor(kubeConfig: KubeConfig, onTrouble: (error: unknown) => void) {
    this.#kubeConfig = kubeConfig;
    this.#onTrouble = onTrouble;
    this.#running.abort();
  }

  /** Begins, unless it has begun. Goes on until {@link stop}, whatever the API server answers. */
  start(): void {
    if (!this.#running.signal.aborted) return;
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  /** The addresses stay. Harmless when it does not run. */
  stop(): void {
    this.#running.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        if (this.#running.signal === signal) this.#onTrouble(error);
      }
      await delay(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const api = this.#kubeConfig.makeApiClient(CoreV1Api);
    const { items } = await within(api.listServiceForAllNamespaces());
    for (const { service, address } of changesOf(items)) {
      const { name = '', namespace = '' } = service.metadata ?? {};
      const value = address === undefined ? {} : { ingress: [{ ip: address, ipMode: 'VIP' }] };
      const body = [{ op: 'add', path: '/status/loadBalancer', value }];
      await within(api.patchNamespacedServiceStatus({ name, namespace, body }));
    }
  }
}

/** Which services need another address than they have; without `address`, none. Pure. */
export function changesOf(
  services: readonly ServiceSight[],
): { service: ServiceSight; address: string | undefined }[] {
  const held = services.filter(isBalanced).map(addressOf);
  const free = ADDRESSES.filter((address) => !held.includes(address));
  return services
    .filter((service) => isBalanced(service) !== (addressOf(service) !== undefined))
    .map((service) => ({ service, address: isBalanced(service) ? free.shift() : undefined }))
    .filter(({ service, address }) => address !== addressOf(service));
}

function isBalanced({ spec, metadata }: ServiceSight): boolean {
  return (
    spec?.type === 'LoadBalancer' &&
    // Somebody else's, by the service's own word.
    spec.loadBalancerClass === undefined &&
    metadata?.deletionTimestamp === undefined
  );
}

function addressOf({ status }: ServiceSight): string | undefined {
  return status?.loadBalancer?.ingress?.[0]?.ip;
}

/** The client has no time limit of its own, and a frozen API server answers nothing. */
async function within<T>(call: Promise<T>): Promise<T> {
  const limit = delay(CALL_MS, undefined, { ref: false }).then((): never => {
    throw new Error('the API server did not answer');
  });
  return Promise.race([call, limit]);
}
