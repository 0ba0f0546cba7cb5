import type { Engine } from './engine.ts';
import { Label } from './labels.ts';

/** A container, network or volume that this project made. */
export interface Belonging {
  id: string;
  name: string;
  kind: 'container' | 'network' | 'volume';
  /** For a container: its processes live; they may be paused. */
  running: boolean;
  /** Empty when it belongs to no session. */
  session: string;
}

/** Lists every container (also stopped ones), network and volume of an install's sessions. */
export async function listBelongings(engine: Engine, install: string): Promise<Belonging[]> {
  return listLabelled(engine, [`${Label.install}=${install}`, Label.session]);
}

/**
 * Lists every container (also stopped ones), network and volume that carries all of these labels:
 * `key` or `key=value`.
 */
export async function listLabelled(engine: Engine, labels: string[]): Promise<Belonging[]> {
  const [containers, networks, volumes] = await Promise.all([
    engine.containers.list({ label: labels }),
    engine.networks.list(labels),
    engine.volumes.list(labels),
  ]);
  const sessionOf = (labels: Readonly<Record<string, string>>): string =>
    labels[Label.session] ?? '';
  return [
    ...containers.map(({ id, name, isRunning, labels }) => ({
      id,
      name,
      kind: 'container' as const,
      running: isRunning,
      session: sessionOf(labels),
    })),
    ...networks.map(({ id, name, labels }) => ({
      id,
      name,
      kind: 'network' as const,
      running: false,
      session: sessionOf(labels),
    })),
    ...volumes.map(({ name, labels }) => ({
      id: name,
      name,
      kind: 'volume' as const,
      running: false,
      session: sessionOf(labels),
    })),
  ];
}

/** The number of each kind, for people: `containers: 1, networks: 1, volumes: 0`. */
export function countByKind(belongings: readonly Belonging[]): string {
  const kinds: Belonging['kind'][] = ['container', 'network', 'volume'];
  return kinds
    .map((kind) => `${kind}s: ${belongings.filter((each) => each.kind === kind).length}`)
    .join(', ');
}

/**
 * Removes belongings: first the containers, side by side, then what they held. Continues after
 * failures and throws the first one at the end.
 */
export async function removeBelongings(
  engine: Engine,
  belongings: readonly Belonging[],
): Promise<void> {
  const failures: unknown[] = [];
  const remove = async (
    kind: Belonging['kind'],
    from: { remove: (id: string) => Promise<void> },
  ): Promise<void> => {
    const results = await Promise.allSettled(
      belongings.filter((b) => b.kind === kind).map(async ({ id }) => from.remove(id)),
    );
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
  };
  await remove('container', engine.containers);
  await remove('network', engine.networks);
  await remove('volume', engine.volumes);
  if (failures.length > 0) throw failures[0] as Error;
}
