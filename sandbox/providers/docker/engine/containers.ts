import type Dockerode from 'dockerode';
import type { ExecOptions, ExecOutcome, ExecStream, StreamOptions } from '../../../node-handle.ts';
import {
  type ContainerDetails,
  type ContainerSummary,
  type ContainerUsage,
  toDetails,
  toSummary,
  toUsage,
} from './container-details.ts';
import { engineCall, hasStatus, quickCall } from './engine-errors.ts';
import { execCollect } from './exec.ts';
import { openExecStream } from './exec-stream.ts';
import { linesOf } from './lines.ts';
import { Multiplexed } from './multiplexed.ts';

/** The body of the engine's API for creating a container, with its name. */
export type ContainerOptions = Dockerode.ContainerCreateOptions;

const PAUSE_TRIES = 3;
const LOG_LINES = 50;

/** The containers of an engine. Where a method takes an id, the container's name works as well. */
export class Containers {
  readonly #docker: Dockerode;

  constructor(docker: Dockerode) {
    this.#docker = docker;
  }

  /** Creates a container and resolves with its id. The caller removes it. */
  async create(options: ContainerOptions): Promise<string> {
    const { id } = await quickCall(async () => this.#docker.createContainer(options));
    return id;
  }

  /**
   * Creates and starts a container and resolves with its id. The caller removes it. When the start
   * fails or is aborted, no container is left.
   */
  async run(options: ContainerOptions, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    // An aborted request may still create the container, so this waits for the answer.
    const id = await this.create(options);
    try {
      signal.throwIfAborted();
      await this.start(id);
      signal.throwIfAborted();
    } catch (error) {
      await this.remove(id);
      throw error;
    }
    return id;
  }

  /**
   * Runs a container to its end, for at most a minute, and removes it. Resolves with the last lines
   * of its output, whatever its exit code.
   */
  async runToEnd(
    options: ContainerOptions,
    signal: AbortSignal,
  ): Promise<{ exitCode: number; output: string }> {
    const id = await this.run({ Cmd: [], ...options }, signal);
    try {
      const { StatusCode: exitCode } = await quickCall(
        async () => this.#docker.getContainer(id).wait() as Promise<{ StatusCode: number }>,
      );
      return { exitCode, output: await this.logs(id) };
    } finally {
      await this.remove(id);
    }
  }

  /**
   * Starts a created container without a terminal and passes on its output line by line. Resolves
   * with its exit code when it has ended; has no time limit.
   */
  async follow(id: string, onLine: (line: string) => void): Promise<number> {
    const container = this.#docker.getContainer(id);
    const output = await quickCall(async () =>
      container.attach({ stream: true, stdout: true, stderr: true }),
    );
    const follow = async (): Promise<void> => {
      for await (const line of linesOf(outputOf(output as AsyncIterable<Buffer>))) onLine(line);
    };
    const [{ StatusCode: exitCode }] = await Promise.all([
      engineCall(async () => {
        await container.start();
        return (await container.wait()) as { StatusCode: number };
      }),
      follow(),
    ]);
    return exitCode;
  }

  /** Lists containers, also stopped ones, that match all filters of the engine: `label`, `name`. */
  async list(filters: { label?: string[]; name?: string[] }): Promise<ContainerSummary[]> {
    const containers = await quickCall(async () =>
      this.#docker.listContainers({ all: true, filters: { ...filters } }),
    );
    return containers.map(toSummary);
  }

  async inspect(id: string): Promise<ContainerDetails> {
    return toDetails(await quickCall(async () => this.#docker.getContainer(id).inspect()));
  }

  /** What a running or paused container uses now. */
  async usage(id: string): Promise<ContainerUsage> {
    // Before Docker 25, even one sample waits 1 to 2 s for the engine's collector:
    // https://github.com/moby/moby/pull/46448.
    const stats = await quickCall(async () =>
      this.#docker.getContainer(id).stats({ stream: false, 'one-shot': true }),
    );
    return toUsage(stats);
  }

  /**
   * Kills and removes a container with its anonymous volumes. Resolves when it is gone, even
   * if another call removed it.
   */
  async remove(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
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

  /** Freezes all processes. Harmless when paused; rejects when the container does not run. */
  async pause(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    await quickCall(async () => {
      for (let tries = 1; ; tries++) {
        try {
          await container.pause();
          return;
        } catch (error) {
          const { State } = await container.inspect();
          if (State.Paused) return;
          // A busy container may fork faster than runc freezes it; runc then gives up.
          if (!State.Running || tries === PAUSE_TRIES) throw error;
        }
      }
    });
  }

  /** Lets frozen processes continue. Harmless when they run; rejects when the container is off. */
  async unpause(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    await quickCall(async () => {
      try {
        await container.unpause();
      } catch (error) {
        const { State } = await container.inspect();
        if (!State.Running || State.Paused) throw error;
      }
    });
  }

  /**
   * Ends all processes at once, like a pulled plug, and resolves when they have ended; files stay.
   * Harmless when the container does not run; rejects when it is paused.
   */
  async kill(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
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

  /** Starts a container that is new, was killed or has ended. Harmless when it runs. */
  async start(id: string): Promise<void> {
    await quickCall(async () => {
      try {
        await this.#docker.getContainer(id).start();
      } catch (error) {
        if (!hasStatus(error, 304)) throw error;
      }
    });
  }

  /** The last 50 lines that the main process printed, stdout and stderr interleaved. */
  async logs(id: string): Promise<string> {
    const container = this.#docker.getContainer(id);
    const [logs, { Config }] = await quickCall(async () =>
      Promise.all([
        container.logs({ stdout: true, stderr: true, tail: LOG_LINES }),
        container.inspect(),
      ]),
    );
    if (Config.Tty) return logs.toString('utf8');
    const pieces = new Multiplexed().push(logs).map(({ bytes }) => bytes);
    return Buffer.concat(pieces).toString('utf8');
  }

  /** Runs a command and collects its output; see `NodeHandle.exec`. */
  async exec(id: string, argv: readonly string[], options: ExecOptions = {}): Promise<ExecOutcome> {
    return engineCall(() => execCollect(this.#docker, id, argv, options));
  }

  /** Starts a command and connects to its streams; see `NodeHandle.stream`. */
  async stream(
    id: string,
    argv: readonly string[],
    options: StreamOptions = {},
  ): Promise<ExecStream> {
    return engineCall(() => openExecStream(this.#docker, id, argv, options));
  }

  /**
   * A tar of a file or folder of a container, running or not; its entries start with the last part
   * of `path`. The caller reads or destroys it.
   */
  async download(id: string, path: string): Promise<NodeJS.ReadableStream> {
    return quickCall(async () => this.#docker.getContainer(id).getArchive({ path }));
  }

  /** Unpacks a tar below a folder that exists in a container, running or not. */
  async upload(
    id: string,
    path: string,
    tar: NodeJS.ReadableStream,
    signal: AbortSignal,
  ): Promise<void> {
    await engineCall(async () => {
      await this.#docker.getContainer(id).putArchive(tar, { path, abortSignal: signal });
    });
  }
}

/** Another call is already removing the container. */
async function untilRemoved(container: Dockerode.Container): Promise<void> {
  try {
    await container.wait({ condition: 'removed' });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}

async function* outputOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const multiplexed = new Multiplexed();
  for await (const chunk of source) {
    for (const { bytes } of multiplexed.push(chunk)) yield bytes;
  }
}
