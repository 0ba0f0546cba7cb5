import Dockerode from 'dockerode';
import type { Readable } from 'node:stream';
import type { ExecOptions, ExecOutcome, ExecStream, StreamOptions } from '../../../node-handle.ts';
import { engineCall, hasStatus, quickCall } from './engine-errors.ts';
import { execCollect } from './exec.ts';
import { openExecStream } from './exec-stream.ts';
import { Multiplexed } from './multiplexed.ts';
import { followProgress } from './progress.ts';

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
  /** Root in its containers is another user outside (`userns-remap`). */
  remapsUsers: boolean;
  memoryBytes: number;
  cpus: number;
  /** Where the engine keeps images, containers and volumes, on the engine's own machine. */
  rootDir: string;
}

export interface BuildOptions {
  /** A tar of the build's context; destroyed at the end. */
  context: Readable;
  tag: string;
  buildArgs?: Record<string, string>;
  labels?: Record<string, string>;
  /** One line of the build's output at a time. */
  onLine: (line: string) => void;
  signal: AbortSignal;
}

const PAUSE_TRIES = 3;
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

  /** Resolves when the engine answers within five seconds. Rejects with the signal's reason when aborted. */
  async ping(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await quickCall(async () => this.docker.ping() as Promise<unknown>, PING_TIMEOUT_MS);
    signal?.throwIfAborted();
  }

  async info(): Promise<EngineInfo> {
    return quickCall(async () => {
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
        remapsUsers: securityOptions.some((option) => option.includes('name=userns')),
        memoryBytes: Number(info.MemTotal),
        cpus: Number(info.NCPU),
        rootDir: String(info.DockerRootDir),
      };
    });
  }

  async hasImage(reference: string): Promise<boolean> {
    return quickCall(async () => {
      try {
        await this.docker.getImage(reference).inspect();
        return true;
      } catch (error) {
        if (hasStatus(error, 404)) return false;
        throw error;
      }
    });
  }

  /** Gives an image a further name. */
  async tagImage(reference: string, tag: string): Promise<void> {
    const [repo = '', version = ''] = tag.split(':', 2);
    await quickCall(async () => {
      await this.docker.getImage(reference).tag({ repo, tag: version });
    });
  }

  /** Takes a name off an image; the image goes with its last name. Harmless when there is none. */
  async removeImage(reference: string): Promise<void> {
    await quickCall(async () => {
      try {
        await this.docker.getImage(reference).remove();
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
      }
    });
  }

  /** Pulls an image from wherever its name says. Rejects with the registry's own words, or the signal's reason. */
  async pullImage(
    reference: string,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await abortable(signal, async () => {
      const stream: unknown = await this.docker.pull(reference, { abortSignal: signal });
      await followProgress(stream as NodeJS.ReadableStream, onLine);
    });
  }

  /** Builds with the engine's classic builder, which every engine has. Rejects with the engine's own words, or the signal's reason. */
  async buildImage(options: BuildOptions): Promise<void> {
    const { context, signal } = options;
    await abortable(signal, async () => {
      try {
        const stream = await this.docker.buildImage(context, {
          t: options.tag,
          buildargs: options.buildArgs ?? {},
          labels: options.labels ?? {},
          rm: true,
          forcerm: true,
          abortSignal: signal,
        });
        await followProgress(stream, options.onLine);
      } finally {
        context.destroy();
      }
    });
  }

  /**
   * Makes an image with one layer from a tar of its root. `changes` are Dockerfile instructions such as `ENTRYPOINT`. When the tar breaks off
   * or `signal` is aborted, there is no image.
   */
  async importImage(
    tar: NodeJS.ReadableStream,
    tag: string,
    changes: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const [repo, version] = tag.split(':', 2);
    await abortable(signal, async () => {
      const stream = await this.docker.importImage(tar, {
        repo,
        tag: version,
        changes: changes as string[],
        abortSignal: signal,
      });
      await followProgress(stream, () => undefined);
    });
  }

  /** A tar with the named images, as `ctr image import` reads it. The caller reads or destroys it. */
  async saveImages(
    references: readonly string[],
    signal: AbortSignal,
  ): Promise<NodeJS.ReadableStream> {
    return engineCall(
      async () =>
        new Promise<NodeJS.ReadableStream>((resolve, reject) => {
          this.docker.modem.dial(
            {
              // docker-modem cuts the last character of a query that it did not build itself.
              path: '/images/get?',
              options: { names: references },
              method: 'GET',
              isStream: true,
              abortSignal: signal,
              statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
            },
            (error: unknown, stream: unknown) => {
              if (error instanceof Error) reject(error);
              else resolve(stream as NodeJS.ReadableStream);
            },
          );
        }),
    );
  }

  /** A tar of a container's root, without its volumes. The caller reads or destroys it. */
  async exportContainer(id: string): Promise<NodeJS.ReadableStream> {
    return engineCall(async () => await this.docker.getContainer(id).export());
  }

  /**
   * Creates and starts a container. The caller removes it. Returns its id. A start that fails or is aborted has removed it.
   */
  async runContainer(
    options: Dockerode.ContainerCreateOptions,
    signal: AbortSignal,
  ): Promise<string> {
    signal.throwIfAborted();
    // An aborted request may still have made the container, so the answer is waited for.
    const container = await quickCall(async () => this.docker.createContainer(options));
    try {
      signal.throwIfAborted();
      await quickCall(async () => container.start() as Promise<unknown>);
      signal.throwIfAborted();
    } catch (error) {
      await this.removeContainer(container.id);
      throw error;
    }
    return container.id;
  }

  /** Runs a container to its end, within the time that quick calls have, and removes it. Resolves with what it printed, whatever its exit code. */
  async runToEnd(
    options: Dockerode.ContainerCreateOptions,
    signal: AbortSignal,
  ): Promise<{ exitCode: number; output: string }> {
    const id = await this.runContainer({ Cmd: [], ...options }, signal);
    try {
      const { StatusCode: exitCode } = await quickCall(
        async () => this.docker.getContainer(id).wait() as Promise<{ StatusCode: number }>,
      );
      return { exitCode, output: await this.logs(id) };
    } finally {
      await this.removeContainer(id);
    }
  }

  /** Kills and removes a container with its anonymous volumes. Resolves when it is gone, whoever removed it. */
  async removeContainer(id: string): Promise<void> {
    const container = this.docker.getContainer(id);
    await quickCall(async () => {
      try {
        await container.remove({ force: true, v: true });
      } catch (error) {
        if (hasStatus(error, 404)) return;
        if (!hasStatus(error, 409)) throw error;
        await untilRemoved(container);
      }
    });
  }

  /** Stops all of a container's processes where they are. Pausing what is paused is harmless; a container that does not run is an error. */
  async pauseContainer(id: string): Promise<void> {
    const container = this.docker.getContainer(id);
    await quickCall(async () => {
      for (let tries = 1; ; tries++) {
        try {
          await container.pause();
          return;
        } catch (error) {
          const { State } = await container.inspect();
          if (State.Paused) return;
          // A busy container may fork faster than it is frozen: runc then gives up.
          if (!State.Running || tries === PAUSE_TRIES) throw error;
        }
      }
    });
  }

  /** Lets a paused container go on. One that runs is left as it is; one that does not run is an error. */
  async unpauseContainer(id: string): Promise<void> {
    await quickCall(async () => {
      try {
        await this.docker.getContainer(id).unpause();
      } catch (error) {
        const { State } = await this.docker.getContainer(id).inspect();
        if (!State.Running || State.Paused) throw error;
      }
    });
  }

  /** Ends all of a container's processes at once, as a pulled plug does; its files stay. Harmless when it does not run. A paused one is an error. */
  async killContainer(id: string): Promise<void> {
    const container = this.docker.getContainer(id);
    await quickCall(async () => {
      try {
        await container.kill();
      } catch (error) {
        const { State } = await container.inspect();
        if (State.Running) throw error;
      }
      await container.wait({ condition: 'not-running' });
    });
  }

  /** Starts a container that was killed or has ended. Harmless when it runs. */
  async startContainer(id: string): Promise<void> {
    await quickCall(async () => {
      try {
        await this.docker.getContainer(id).start();
      } catch (error) {
        if (!hasStatus(error, 304)) throw error;
      }
    });
  }

  /** The last 50 lines that a container's main process printed. */
  async logs(id: string): Promise<string> {
    const container = this.docker.getContainer(id);
    const [logs, { Config }] = await quickCall(async () =>
      Promise.all([
        container.logs({ stdout: true, stderr: true, tail: 50 }),
        container.inspect(),
      ]),
    );
    if (Config.Tty) return logs.toString('utf8');
    const pieces = new Multiplexed().push(logs).map(({ bytes }) => bytes);
    return Buffer.concat(pieces).toString('utf8');
  }

  /** Runs a command in a container and collects what it prints. Resolves whatever the exit code. */
  async exec(id: string, argv: readonly string[], options: ExecOptions = {}): Promise<ExecOutcome> {
    return engineCall(() => execCollect(this.docker, id, argv, options));
  }

  /** Runs a command in a container and connects to its stdin and stdout. The caller disposes the stream. */
  async execStream(
    id: string,
    argv: readonly string[],
    options: StreamOptions = {},
  ): Promise<ExecStream> {
    return engineCall(() => openExecStream(this.docker, id, argv, options));
  }
}

/** Runs a long call; once `signal` is aborted, its reason is what the call rejects with. */
async function abortable(signal: AbortSignal, call: () => Promise<void>): Promise<void> {
  try {
    signal.throwIfAborted();
    await engineCall(call);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Somebody else has begun to remove the container. */
async function untilRemoved(container: Dockerode.Container): Promise<void> {
  try {
    await container.wait({ condition: 'removed' });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
