import type Dockerode from 'dockerode';
import type { Readable } from 'node:stream';
import { engineCall, hasStatus, quickCall } from './engine-errors.ts';
import { followProgress } from './progress.ts';

export interface ImageSummary {
  id: string;
  /** Empty for an image without a name. */
  tags: readonly string[];
  labels: Readonly<Record<string, string>>;
}

export interface ImageDetails {
  /** All layers, those of its parents included. */
  bytes: number;
  /** Digests of the layers, the lowest first. */
  layers: readonly string[];
  /** Labels that containers of the image inherit. */
  labels: Readonly<Record<string, string>>;
}

export interface BuildOptions {
  /** A tar of the build's context; destroyed at the end. */
  context: Readable;
  tag: string;
  buildArgs?: Record<string, string>;
  labels?: Record<string, string>;
  /** Called with each line of the build's output. */
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/** The images of an engine. */
export class Images {
  readonly #docker: Dockerode;

  constructor(docker: Dockerode) {
    this.#docker = docker;
  }

  async has(reference: string): Promise<boolean> {
    return (await this.inspect(reference)) !== undefined;
  }

  /** Undefined when there is no such image. */
  async inspect(reference: string): Promise<ImageDetails | undefined> {
    return quickCall(async () => {
      try {
        const { Size, RootFS, Config } = await this.#docker.getImage(reference).inspect();
        // The engine sends null where the client's types promise an object.
        const labels = Config.Labels as Record<string, string> | null;
        return { bytes: Size, layers: RootFS.Layers ?? [], labels: labels ?? {} };
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    });
  }

  /** Lists all images, also those without a name. */
  async list(): Promise<ImageSummary[]> {
    const images = await quickCall(async () => this.#docker.listImages());
    return images.map(({ Id, RepoTags, Labels }) => ({
      id: Id,
      // The engine sends null for no tags or no labels, and before Docker 25 "<none>:<none>".
      tags: (RepoTags ?? []).filter((tag) => !tag.startsWith('<none>')),
      labels: (Labels as Record<string, string> | null) ?? {},
    }));
  }

  /** Gives an image another name. */
  async tag(reference: string, tag: string): Promise<void> {
    const [repo = '', version = ''] = tag.split(':', 2);
    await quickCall(async () => {
      await this.#docker.getImage(reference).tag({ repo, tag: version });
    });
  }

  /** Removes a name of an image, and with its last name the image. Harmless when it is gone. */
  async remove(reference: string): Promise<void> {
    await quickCall(async () => {
      try {
        await this.#docker.getImage(reference).remove();
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
      }
    });
  }

  /**
   * Pulls an image from the registry in its name. Rejects with the registry's message, or with the
   * signal's reason.
   */
  async pull(
    reference: string,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await abortable(signal, async () => {
      const stream: unknown = await this.#docker.pull(reference, { abortSignal: signal });
      await followProgress(stream as NodeJS.ReadableStream, onLine);
    });
  }

  /**
   * Builds an image with the classic builder, which every engine has. Rejects with the engine's
   * message, or with the signal's reason; either way there is no image.
   */
  async build(options: BuildOptions): Promise<void> {
    const { context, signal } = options;
    await abortable(signal, async () => {
      try {
        const stream = await this.#docker.buildImage(context, {
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
   * Makes an image with one layer from a tar of its root. When the tar breaks off or `signal` is
   * aborted, there is no image.
   *
   * @param changes Dockerfile instructions such as `ENTRYPOINT`
   */
  async import(
    tar: NodeJS.ReadableStream,
    tag: string,
    changes: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const [repo, version] = tag.split(':', 2);
    await abortable(signal, async () => {
      const stream = await this.#docker.importImage(tar, {
        repo,
        tag: version,
        changes: changes as string[],
        abortSignal: signal,
      });
      await followProgress(stream, () => undefined);
    });
  }

  /** A tar of the named images, for `ctr image import`. The caller reads or destroys it. */
  async save(references: readonly string[], signal: AbortSignal): Promise<NodeJS.ReadableStream> {
    return engineCall(
      async () =>
        new Promise<NodeJS.ReadableStream>((resolve, reject) => {
          this.#docker.modem.dial(
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
}

/** Runs a long call. Once `signal` is aborted, the call rejects with the signal's reason. */
async function abortable(signal: AbortSignal, call: () => Promise<void>): Promise<void> {
  try {
    signal.throwIfAborted();
    await engineCall(call);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
