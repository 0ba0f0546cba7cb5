import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { listLabelled } from '../../sandbox/providers/docker/engine/inventory.ts';
import { Label } from '../../sandbox/providers/docker/engine/labels.ts';

/** Lists the containers (also stopped ones), networks and volumes of an install: kind and name. */
export async function belongingsOf(install: string): Promise<string[]> {
  const belongings = await listLabelled(new Engine(), [`${Label.install}=${install}`]);
  return belongings.map(({ kind, name }) => `${kind} ${name}`).sort();
}
