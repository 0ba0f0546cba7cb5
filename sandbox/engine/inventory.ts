import { engineCall } from './engine-errors.ts';
import type { Engine } from './engine.ts';
import { Label } from './labels.ts';
import { removeNetwork } from './networks.ts';

export interface Belonging {
  id: string;
  kind: 'container' | 'network' | 'volume';
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
  return engineCall(async () => {
    const [containers, networks, { Volumes }] = await Promise.all([
      engine.docker.listContainers({ all: true, filters }),
      engine.docker.listNetworks({ filters }),
      engine.docker.listVolumes({ filters }),
    ]);
    const of = (labels: Record<string, string> | undefined): string =>
      labels?.[Label.session] ?? '';
    return [
      ...containers.map((c) => ({ id: c.Id, kind: 'container' as const, session: of(c.Labels) })),
      ...networks.map((n) => ({ id: n.Id, kind: 'network' as const, session: of(n.Labels) })),
      ...Volumes.map((v) => ({ id: v.Name, kind: 'volume' as const, session: of(v.Labels) })),
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
  await remove('volume', async (id) =>
    engineCall(async () => {
      await engine.docker.getVolume(id).remove({ force: true });
    }),
  );
  if (failures.length > 0) throw failures[0] as Error;
}
