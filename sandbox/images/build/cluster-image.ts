import { extract, pack } from 'tar-stream';
import { KindCluster } from '../../clusters/kind-cluster.ts';
import { engineCall } from '../../engine/engine-errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { toReadable } from './files.ts';
import type { Recipe } from './recipe.ts';

const TEMPLATE = 'template.tgz';

/** A node image with a cluster at rest in it, from which clusters boot. Made by starting a control plane with kubeadm, once. */
export function clusterImage(
  options: Pick<Recipe, 'name' | 'title' | 'seconds'> & { node: string },
): Recipe {
  const { node, ...basics } = options;
  return {
    ...basics,
    // What it is made of is the cluster that these start: a change of theirs is one of the template.
    files: {
      'kubeadm-config.ts': 'sandbox/clusters/kubeadm-config.ts',
      'kubeadm-start.ts': 'sandbox/clusters/kubeadm-start.ts',
    },
    parents: [node],
    parameters: {},
    build: async ({ engine, tag, labels, parent, onLine, signal }) => {
      onLine('starting a control plane');
      await using cluster = await new KindCluster(parent(node))
        .withEngine(engine)
        .withWorkers(0)
        .withLabels(labels)
        .start(signal);
      onLine('bringing it to rest');
      await cluster.controlPlane.exec(['rest-as-template'], { signal });
      const template = await readFile(engine, cluster.controlPlane.container.getId(), TEMPLATE);
      onLine(`a template of ${template.length} bytes`);
      const context = pack();
      context.entry({ name: TEMPLATE }, template);
      context.entry(
        { name: 'Dockerfile' },
        `FROM ${parent(node)}\nADD ${TEMPLATE} /kind/template/\n`,
      );
      context.finalize();
      await engine.buildImage({ context: toReadable(context), tag, labels, onLine, signal });
    },
  };
}

async function readFile(engine: Engine, container: string, name: string): Promise<Buffer> {
  const archive = await engineCall(async () =>
    engine.docker.getContainer(container).getArchive({ path: `/kind/${name}` }),
  );
  const files = archive.pipe(extract());
  const chunks: Buffer[] = [];
  for await (const file of files) {
    for await (const chunk of file as AsyncIterable<Buffer>) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
