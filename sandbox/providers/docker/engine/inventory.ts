import { hasStatus, quickCall } from './engine-errors.ts';
import type { Engine } from './engine.ts';
import { Label } from './labels.ts';
import { removeNetwork } from './networks.ts';

export interface Belonging {
  id: string;
  name: string;
  kind: 'container' | 'network' | 'volume';
  /** Of a container: whether its processes live (also paused ones). */
  running: boolean;
  /** Empty when it belongs to no session. */
  session: string;
}

/** Lists every container (also stopped ones), network and volume of an install's sessions. */
export async function listBelongings(engine: Engine, install: string): Promise<Belonging[]> {
  return listLabelled(engine, [`${Label.install}=${install}`, Label.session]);
}

/** Lists every container (also stopped ones), network and volume that carries all of these labels: `key` or `key=value`. */
export async function listLabelled(engine: Engine, labels: string[]): Promise<Belonging[]> {
  const filters = { label: labels };
  return quickCall(async () => {
    const [containers, networks, { Volumes }] = await Promise.all([
      engine.docker.listContainers({ all: true, filters }),
      engine.docker.listNetworks({ filters }),
      engine.docker.listVolumes({ filters }),
    ]);
    const of = (labels: Record<string, string> | undefined): string =>
      labels?.[Label.session] ?? '';
    return [
      ...containers.map(({ Id: id, Names, State, Labels }) => ({
        id,
        name: Names[0]?.slice(1) ?? id,
        kind: 'container' as const,
        running: State === 'running' || State === 'paused',
        session: of(Labels),
      })),
      ...networks.map(({ Id: id, Name: name, Labels }) => ({
        id,
        name,
        kind: 'network' as const,
        running: false,
        session: of(Labels),
      })),
      ...Volumes.map(({ Name: id, Labels }) => ({
        id,
        name: id,
        kind: 'volume' as const,
        running: false,
        session: of(Labels),
      })),
    ];
  });
}

/** Removes belongings: containers first and side by side, then what they held. Goes on past failures and throws the first at the end. */
export async function removeBelongings(
  engine: Engine,
  belongings: readonly Belonging[],
): Promise<void> {
  const failures: unknown[] = [];
  const remove = async (
    kind: Belonging['kind'],
    by: (id: string) => Promise<void>,
  ): Promise<void> => {
    const results = await Promise.allSettled(
      belongings.filter((b) => b.kind === kind).map(async ({ id }) => by(id)),
    );
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
  };
  await remove('container', (id) => engine.removeContainer(id));
  await remove('network', (id) => removeNetwork(engine, id));
  await remove('volume', (id) => removeVolume(engine, id));
  if (failures.length > 0) throw failures[0] as Error;
}

/** Removes a volume. Resolves when it is gone, whoever removed it: a container's anonymous ones go with it. */
export async function removeVolume(engine: Engine, id: string): Promise<void> {
  await quickCall(async () => {
    try {
      await engine.docker.getVolume(id).remove({ force: true });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
  });
}
