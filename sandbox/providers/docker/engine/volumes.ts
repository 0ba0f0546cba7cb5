import type Dockerode from 'dockerode';
import { hasStatus, quickCall } from './engine-errors.ts';

/** The volumes of an engine; a volume's name is its id. */
export class Volumes {
  readonly #docker: Dockerode;

  constructor(docker: Dockerode) {
    this.#docker = docker;
  }

  async has(name: string): Promise<boolean> {
    return quickCall(async () => {
      try {
        await this.#docker.getVolume(name).inspect();
        return true;
      } catch (error) {
        if (hasStatus(error, 404)) return false;
        throw error;
      }
    });
  }

  /** Lists the volumes that carry all of these labels: `key` or `key=value`. */
  async list(labels: string[]): Promise<{ name: string; labels: Record<string, string> }[]> {
    const { Volumes } = await quickCall(async () =>
      this.#docker.listVolumes({ filters: { label: labels } }),
    );
    // The engine sends null where the client's types promise an object.
    return Volumes.map(({ Name, Labels }) => ({
      name: Name,
      labels: (Labels as Record<string, string> | null) ?? {},
    }));
  }

  /**
   * Removes a volume. Resolves when it is gone, even if another call removed it: anonymous volumes
   * go with their container.
   */
  async remove(name: string): Promise<void> {
    await quickCall(async () => {
      try {
        await this.#docker.getVolume(name).remove({ force: true });
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
      }
    });
  }
}
