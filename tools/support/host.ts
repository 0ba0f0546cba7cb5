import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { Label } from '../../sandbox/providers/docker/engine/labels.ts';

/** The names of all containers (also stopped ones), networks and volumes of an install. */
export async function belongingsOf(install: string): Promise<string[]> {
  const { docker } = new Engine();
  const filters = { label: [`${Label.install}=${install}`] };
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(({ Names }) => `container ${Names.join()}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...Volumes.map(({ Name }) => `volume ${Name}`),
  ].sort();
}
