import { Engine } from '../../sandbox/engine/engine.ts';

/** The names of all containers (also stopped ones), networks and volumes of the engine. */
export async function belongingsOfEngine(): Promise<string[]> {
  const { docker } = new Engine();
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  return [
    ...containers.map(({ Names }) => `container ${Names.join()}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...Volumes.map(({ Name }) => `volume ${Name}`),
  ].sort();
}
