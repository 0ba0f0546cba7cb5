import Dockerode from 'dockerode';
import { Containers } from './containers.ts';
import { engineCall, quickCall } from './engine-errors.ts';
import { Images } from './images.ts';
import { Networks } from './networks.ts';
import { Volumes } from './volumes.ts';

export interface EngineInfo {
  name: string;
  /** What the engine calls itself, e.g. "Docker Engine - Community, Engine" or "Podman Engine". */
  product: string;
  version: string;
  apiVersion: string;
  operatingSystem: string;
  architecture: string;
  storageDriver: string;
  cgroupVersion: 1 | 2;
  rootless: boolean;
  /** Root in its containers is another user outside (`userns-remap`). */
  remapsUsers: boolean;
  memoryBytes: number;
  cpus: number;
  /** Where the engine keeps images, containers and volumes, on the engine's own machine. */
  rootDir: string;
}

export interface DiskUsage {
  images: {
    /** Empty for an image without a name. */
    tags: readonly string[];
    /** All layers. */
    bytes: number;
    /** Layers that other images have as well. */
    sharedBytes: number;
  }[];
  /** `bytes` is 0 when the engine does not know it. */
  volumes: { name: string; bytes: number }[];
}

const PING_TIMEOUT_MS = 5_000;

/**
 * The client of the container engine: everything this project needs of it, and the only user of
 * dockerode. testcontainers creates the nodes of clusters; everything else is here.
 *
 * Errors of every method: `LAB_ENGINE_UNREACHABLE`, `LAB_DISK_FULL`, or the engine's own `Error`.
 * Calls that are not long-running work fail with `LAB_ENGINE_UNREACHABLE` after a minute.
 */
export class Engine {
  readonly images: Images;
  readonly containers: Containers;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly #docker: Dockerode;

  constructor(docker = new Dockerode()) {
    this.#docker = docker;
    this.images = new Images(docker);
    this.containers = new Containers(docker);
    this.networks = new Networks(docker);
    this.volumes = new Volumes(docker);
  }

  /** Resolves when the engine answers within 5 s. Rejects with the signal's reason when aborted. */
  async ping(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await quickCall(async () => this.#docker.ping() as Promise<unknown>, PING_TIMEOUT_MS);
    signal?.throwIfAborted();
  }

  async info(): Promise<EngineInfo> {
    return quickCall(async () => {
      const [info, version] = await Promise.all([
        this.#docker.info() as Promise<Record<string, unknown>>,
        this.#docker.version(),
      ]);
      const securityOptions = (info.SecurityOptions as string[] | null) ?? [];
      return {
        name: String(info.Name),
        product: [version.Platform, ...version.Components].map(({ Name }) => Name).join(', '),
        version: version.Version,
        apiVersion: version.ApiVersion,
        operatingSystem: String(info.OperatingSystem),
        architecture: String(info.Architecture),
        storageDriver: String(info.Driver),
        cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
        rootless: securityOptions.some((option) => option.includes('rootless')),
        remapsUsers: securityOptions.some((option) => option.includes('name=userns')),
        memoryBytes: Number(info.MemTotal),
        cpus: Number(info.NCPU),
        rootDir: String(info.DockerRootDir),
      };
    });
  }

  /** Measures every image and volume. Has no time limit: the engine walks the disk. */
  async diskUsage(): Promise<DiskUsage> {
    const { Images, Volumes } = (await engineCall(
      async () => this.#docker.df() as Promise<unknown>,
    )) as {
      Images: { RepoTags: string[] | null; Size: number; SharedSize: number }[];
      Volumes: { Name: string; UsageData?: { Size: number } }[];
    };
    return {
      images: Images.map(({ RepoTags, Size, SharedSize }) => ({
        tags: RepoTags ?? [],
        bytes: Size,
        sharedBytes: SharedSize,
      })),
      volumes: Volumes.map(({ Name, UsageData }) => ({ name: Name, bytes: UsageData?.Size ?? 0 })),
    };
  }
}
