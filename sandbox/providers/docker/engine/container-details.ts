import type Dockerode from 'dockerode';

export interface ContainerSummary {
  id: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Its processes live; they may be paused. */
  isRunning: boolean;
}

export interface ContainerDetails {
  /** Its processes live; they may be paused. */
  isRunning: boolean;
  isPaused: boolean;
  /** Its own address and the gateway's in each network, by the network's name. */
  networks: Readonly<Record<string, { address: string; gateway: string }>>;
  /** The host's port for each published port, by names like `6443/tcp`. */
  hostPorts: Readonly<Record<string, number>>;
}

export interface ContainerUsage {
  /** CPU time since its start. */
  cpuSeconds: number;
  /**
   * Memory of processes and in tmpfs, which the kernel cannot reclaim without swap; no file caches.
   */
  memoryBytes: number;
}

export function toSummary({ Id, Names, State, Labels }: Dockerode.ContainerInfo): ContainerSummary {
  return {
    id: Id,
    name: Names[0]?.slice(1) ?? Id,
    labels: Labels,
    isRunning: State === 'running' || State === 'paused',
  };
}

export function toDetails({
  State,
  NetworkSettings,
}: Dockerode.ContainerInspectInfo): ContainerDetails {
  const networks = Object.entries(NetworkSettings.Networks).map(
    ([name, { IPAddress: address, Gateway: gateway }]) => [name, { address, gateway }] as const,
  );
  // The engine sends null for a port that is exposed but not published.
  const ports = NetworkSettings.Ports as Record<string, { HostPort: string }[] | null>;
  const hostPorts = Object.entries(ports).flatMap(([name, bindings]) =>
    (bindings ?? []).slice(0, 1).map(({ HostPort }) => [name, Number(HostPort)] as const),
  );
  return {
    isRunning: State.Running,
    isPaused: State.Paused,
    networks: Object.fromEntries(networks),
    hostPorts: Object.fromEntries(hostPorts),
  };
}

export function toUsage({ cpu_stats, memory_stats }: Dockerode.ContainerStats): ContainerUsage {
  const memory = memory_stats.stats as Partial<Record<string, number>>;
  // cgroup v1 counts child groups only in the fields that start with "total_".
  const of = (name: string): number => memory[`total_${name}`] ?? memory[name] ?? 0;
  return {
    cpuSeconds: cpu_stats.cpu_usage.total_usage / 1e9,
    memoryBytes: of('active_anon') + of('inactive_anon'),
  };
}
