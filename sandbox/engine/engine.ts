import Dockerode from 'dockerode';
import { once } from 'node:events';
import { LabError } from '../errors.ts';
import { engineCall, hasStatus, translateEngineError } from './engine-errors.ts';
import { type ExecOptions, type ExecOutcome, execCollect } from './exec.ts';
import { type ExecStream, openExecStream } from './exec-stream.ts';

export interface EngineInfo {
  name: string;
  /** What calls itself an engine: "Docker Engine - Community, Engine, containerd" or "Podman Engine", say. */
  product: string;
  version: string;
  apiVersion: string;
  operatingSystem: string;
  architecture: string;
  storageDriver: string;
  cgroupVersion: 1 | 2;
  rootless: boolean;
  memoryBytes: number;
  cpus: number;
  /** Where the engine keeps images, containers and volumes, on the engine's own machine. */
  rootDir: string;
}

export interface BuildOptions {
  /** A tar of the build's context. */
  context: NodeJS.ReadableStream;
  tag: string;
  buildArgs?: Record<string, string>;
  labels?: Record<string, string>;
  /** One line of the build's output at a time. */
  onLine: (line: string) => void;
  signal: AbortSignal;
}

const PING_TIMEOUT_MS = 5_000;

/**
 * The client of the container engine: what this project needs of it, with coded errors (`LAB_ENGINE_UNREACHABLE`, `LAB_DISK_FULL`).
 * What testcontainers does well (creating nodes) is left to it; building, adopting, streaming and sweeping are here.
 */
export class Engine {
  readonly docker: Dockerode;

  constructor(docker = new Dockerode()) {
    this.docker = docker;
  }

  /** Resolves when the engine answers within five seconds. */
  async ping(signal?: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(PING_TIMEOUT_MS);
    const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const aborted = once(limit, 'abort');
    await engineCall<unknown>(async () => Promise.race<unknown>([this.docker.ping(), aborted]));
    signal?.throwIfAborted();
    if (timeout.aborted) {
      throw new LabError(
        'LAB_ENGINE_UNREACHABLE',
        'The container engine did not answer within 5 seconds.',
      );
    }
  }

  async info(): Promise<EngineInfo> {
    return engineCall(async () => {
      const [info, version] = await Promise.all([
        this.docker.info() as Promise<Record<string, unknown>>,
        this.docker.version(),
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
        memoryBytes: Number(info.MemTotal),
        cpus: Number(info.NCPU),
        rootDir: String(info.DockerRootDir),
      };
    });
  }

  async hasImage(reference: string): Promise<boolean> {
    try {
      await this.docker.getImage(reference).inspect();
      return true;
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      throw translateEngineError(error);
    }
  }

  /** Pulls an image from wherever its name says. Rejects with the registry's own words. */
  async pullImage(
    reference: string,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const stream = await engineCall(async () => {
      const pulled: unknown = await this.docker.pull(reference, { abortSignal: signal });
      return pulled as NodeJS.ReadableStream;
    });
    await this.#follow(stream, onLine);
  }

  async tagImage(reference: string, repository: string, tag: string): Promise<void> {
    await engineCall(async () => {
      await this.docker.getImage(reference).tag({ repo: repository, tag });
    });
  }

  /** Builds with the engine's classic builder, which every engine has. Rejects with the line that failed. */
  async buildImage(options: BuildOptions): Promise<void> {
    const stream = await engineCall(async () =>
      this.docker.buildImage(options.context, {
        t: options.tag,
        buildargs: options.buildArgs ?? {},
        labels: options.labels ?? {},
        rm: true,
        forcerm: true,
        abortSignal: options.signal,
      }),
    );
    await this.#follow(stream, options.onLine);
  }

  /** Makes an image with one layer from a tar of its root. `changes` are Dockerfile instructions such as `ENTRYPOINT`. */
  async importImage(
    tar: NodeJS.ReadableStream,
    tag: string,
    changes: readonly string[],
  ): Promise<void> {
    const [repo, version] = tag.split(':', 2);
    await engineCall(async () => {
      const stream = await this.docker.importImage(tar, {
        repo,
        tag: version,
        changes: changes as string[],
      });
      await this.#follow(stream, () => undefined);
    });
  }

  /** A tar with the named images, as `ctr image import` reads it. */
  async saveImages(references: readonly string[]): Promise<NodeJS.ReadableStream> {
    return engineCall(async () => {
      return new Promise<NodeJS.ReadableStream>((resolve, reject) => {
        this.docker.modem.dial(
          {
            path: '/images/get?',
            options: { names: references },
            method: 'GET',
            isStream: true,
            statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
          },
          (error: unknown, stream: unknown) => {
            if (error instanceof Error) reject(error);
            else resolve(stream as NodeJS.ReadableStream);
          },
        );
      });
    });
  }

  /** A tar of a container's root, without its volumes. */
  async exportContainer(id: string): Promise<NodeJS.ReadableStream> {
    return engineCall(async () => await this.docker.getContainer(id).export());
  }

  /** Creates and starts a container; undoes the creation when the start fails. The caller removes it. Returns its id. */
  async runContainer(
    options: Dockerode.ContainerCreateOptions,
    signal: AbortSignal,
  ): Promise<string> {
    return engineCall(async () => {
      const container = await this.docker.createContainer({ ...options, abortSignal: signal });
      try {
        await container.start({ abortSignal: signal });
      } catch (error) {
        await this.removeContainer(container.id);
        throw error;
      }
      return container.id;
    });
  }

  /** Kills and removes a container with its anonymous volumes. One that is gone already is fine. */
  async removeContainer(id: string): Promise<void> {
    await engineCall(async () => {
      try {
        await this.docker.getContainer(id).remove({ force: true, v: true });
      } catch (error) {
        if (!hasStatus(error, 404, 409)) throw error;
      }
    });
  }

  /** The last lines that a container's main process printed. */
  async logs(id: string): Promise<string> {
    return engineCall(async () => {
      const logs = await this.docker
        .getContainer(id)
        .logs({ stdout: true, stderr: true, tail: 50 });
      // Without a terminal each line is preceded by eight bytes of header: control characters to a reader.
      return logs.toString('utf8').replace(/[^\x20-\x7e\n]/g, '');
    });
  }

  /** Runs a command in a container and collects what it prints. Resolves whatever the exit code. */
  async exec(id: string, argv: readonly string[], options: ExecOptions = {}): Promise<ExecOutcome> {
    return engineCall(() => execCollect(this.docker, id, argv, options));
  }

  /** Runs a command in a container and connects to its stdin and stdout. The caller disposes the stream. */
  async execStream(
    id: string,
    argv: readonly string[],
    options: ExecOptions = {},
  ): Promise<ExecStream> {
    return engineCall(() => openExecStream(this.docker, id, argv, options));
  }

  async #follow(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.docker.modem.followProgress(
        stream,
        (error: Error | null) => {
          if (error) reject(translateEngineError(error));
          else resolve();
        },
        (event: { stream?: string; status?: string; error?: string }) => {
          for (const line of (event.stream ?? event.status ?? event.error ?? '').split('\n')) {
            if (line.trim() !== '') onLine(line);
          }
        },
      );
    });
  }
}
