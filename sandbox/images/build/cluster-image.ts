import type { Readable } from 'node:stream';
import { runOnNode } from '../../clusters/node-commands.ts';
import { KindCluster } from '../../providers/docker/nodes/kind-cluster.ts';
import type { Engine } from '../../providers/docker/engine/engine.ts';
import { Label } from '../../providers/docker/engine/labels.ts';
import { contextWithFile } from './container.ts';
import type { BuildContext, Recipe } from './recipe.ts';

/** A boot takes seconds, on a busy machine longer. */
const PROOF_MS = 120_000;
/** The check takes half a second; under emulation, a minute was not enough. */
const CHECK_MS = 180_000;
const TEMPLATE = 'template.tgz';
const FOLDER = '/kind/template';
/** Hashes of all files of the template. */
const SUMS = '/kind/template.sha256';

/**
 * A node image with the template of a cluster, from which clusters boot. The build starts a control
 * plane with kubeadm once and packs its state.
 */
export function clusterImage(
  options: Pick<Recipe, 'name' | 'title' | 'seconds'> & { node: string },
): Recipe {
  const { node, ...basics } = options;
  return {
    ...basics,
    // These files define the cluster, so a change in them changes the template.
    files: {
      'addresses.ts': 'sandbox/clusters/addresses.ts',
      'kubeadm-config.ts': 'sandbox/clusters/kubeadm-config.ts',
      'kubeadm-start.ts': 'sandbox/clusters/kubeadm-start.ts',
    },
    parents: [node],
    parameters: {},
    isWhole: isTemplateWhole,
    build: async (context) => {
      const { engine, labels, parent, onLine, signal } = context;
      onLine('starting a control plane');
      await using cluster = await new KindCluster(parent(node))
        .withEngine(engine)
        .withWorkers(0)
        .withLabels(labels)
        .start(signal);
      onLine('packing its state');
      await runOnNode(cluster.controlPlane, ['rest-as-template'], { signal });
      const dockerfile = [
        `FROM ${parent(node)}`,
        `ADD ${TEMPLATE} ${FOLDER}/`,
        `RUN cd ${FOLDER} && find . -type f | sort | xargs sha256sum > ${SUMS}`,
      ].join('\n');
      await buildProven(context, basics.name, async () => {
        const path = `/kind/${TEMPLATE}`;
        return contextWithFile(engine, cluster.controlPlane.id, { path, dockerfile });
      });
    },
  };
}

/**
 * Builds a cluster image from the context that `open` returns. The image gets its tag only after a
 * cluster has booted from it, so an image that does not boot is built again.
 *
 * @param recipe value of its only label. Containers inherit the labels of their image, and must not
 * look like a build
 */
export async function buildProven(
  { engine, tag, labels, onLine, signal }: BuildContext,
  recipe: string,
  open: () => Promise<Readable>,
): Promise<void> {
  const draft = `${tag}-unproven`;
  await engine.images.build({
    context: await open(),
    tag: draft,
    labels: { [Label.recipe]: recipe },
    onLine,
    signal,
  });
  try {
    onLine('booting a cluster from it');
    await proveTemplate(draft, { engine, labels, signal });
    await engine.images.tag(draft, tag);
  } finally {
    await engine.images.remove(draft);
  }
}

/** Boots a cluster from the template of an image. Rejects if that fails. */
export async function proveTemplate(
  image: string,
  { engine, labels, signal }: Pick<BuildContext, 'engine' | 'labels' | 'signal'>,
): Promise<void> {
  await using cluster = await new KindCluster(image)
    .withEngine(engine)
    .fromTemplate()
    .withWorkers(1)
    .withLabels(labels)
    .withStartupTimeout(PROOF_MS)
    .start(signal);
  await cluster.kubectl('get', 'nodes');
}

/** Whether the files of a template are those that booted. Takes half a second. */
export async function isTemplateWhole(engine: Engine, image: string): Promise<boolean> {
  const check = `cd ${FOLDER} && sha256sum --check --strict --quiet ${SUMS}`;
  const { exitCode } = await engine.containers.runToEnd(
    { Image: image, Entrypoint: ['bash', '-c', check], HostConfig: { NetworkMode: 'none' } },
    AbortSignal.timeout(CHECK_MS),
  );
  return exitCode === 0;
}
