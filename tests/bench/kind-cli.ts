import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { extract, pack } from 'tar-stream';
import { stringify } from 'yaml';
import type { Engine } from '../../sandbox/engine/engine.ts';
import { createWriteStream } from 'node:fs';
import { toReadable } from '../../sandbox/images/build/files.ts';
import { goPrograms } from '../../sandbox/images/build/methods.ts';
import { ensureImages, planImages } from '../../sandbox/images/ensure-images.ts';
import { recipes } from '../../sandbox/images/recipes.ts';
import { versions } from '../../sandbox/versions.ts';

const CREATE_MS = 180_000;
const execute = promisify(execFile);

const recipe = goPrograms({
  name: 'kind-cli',
  title: 'The kind CLI',
  seconds: 40,
  module: 'tests/bench/kind-cli',
  goVersion: versions.go,
  programs: [{ package: 'sigs.k8s.io/kind', to: 'bin/kind' }],
});

/** Three nodes of our image, whose CNI, image names and cgroups are its own. */
const config = {
  kind: 'Cluster',
  apiVersion: 'kind.x-k8s.io/v1alpha4',
  networking: { disableDefaultCNI: true },
  nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
  kubeadmConfigPatches: [
    stringify({
      kind: 'ClusterConfiguration',
      imageRepository: 'kindlab',
      dns: { imageTag: versions.coredns },
      etcd: { local: { imageTag: versions.etcd } },
    }),
    stringify({
      kind: 'KubeletConfiguration',
      failCgroupV1: false,
      featureGates: { KubeletInUserNamespace: true },
    }),
  ],
};

/** The `kind` CLI itself, from its Go module, making clusters of our node image. Disposing it removes all that it made. */
export class KindCli implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kindlab-kind-'));
  readonly #image = `kindlab/kind-cli-node:${process.pid}`;
  #client = '';
  #hadNetwork = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Builds what lacks. `node` is our node image. */
  async prepare(node: string, signal: AbortSignal): Promise<this> {
    const engine = this.#engine;
    const all = { engine, recipes: [...recipes, recipe], readyImages: new Map<string, string>() };
    const listener = { onRecipe: () => undefined, onLine: () => undefined };
    const plan = await planImages(all, [recipe.name]);
    const tags = await ensureImages({ ...all, logs: this.#folder, listener, signal }, plan);
    await this.#copyProgram(tags.get(recipe.name) ?? '');
    this.#client = await which('docker');
    const networks = await engine.docker.listNetworks();
    this.#hadNetwork = networks.some(({ Name }) => Name === 'kind');
    copyFileSync(join(import.meta.dirname, 'kind-cli', 'docker'), join(this.#folder, 'docker'));
    writeFileSync(join(this.#folder, 'config.yaml'), stringify(config));
    await this.#buildImage(node, signal);
    return this;
  }

  /** `kind create cluster`; resolves when it returns. */
  async create(name: string): Promise<void> {
    const file = join(this.#folder, 'config.yaml');
    await this.#run('create', 'cluster', '--name', name, '--image', this.#image, '--config', file);
  }

  async delete(name: string): Promise<void> {
    await this.#run('delete', 'cluster', '--name', name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { docker } = this.#engine;
    if (!this.#hadNetwork) {
      await docker
        .getNetwork('kind')
        .remove()
        .catch(() => undefined);
    }
    await docker
      .getImage(this.#image)
      .remove({ force: true })
      .catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(...argv: string[]): Promise<void> {
    await execute(join(this.#folder, 'kind'), argv, {
      timeout: CREATE_MS,
      env: {
        ...process.env,
        DOCKER: this.#client,
        PATH: `${this.#folder}${delimiter}${process.env.PATH ?? ''}`,
        KUBECONFIG: join(this.#folder, 'kubeconfig'),
        KIND_EXPERIMENTAL_PROVIDER: 'docker',
      },
    });
  }

  async #copyProgram(image: string): Promise<void> {
    const { docker } = this.#engine;
    const container = await docker.createContainer({ Image: image, Cmd: ['none'] });
    try {
      const archive = await container.getArchive({ path: '/bin/kind' });
      for await (const entry of archive.pipe(extract())) {
        await pipeline(entry, createWriteStream(join(this.#folder, 'kind'), { mode: 0o755 }));
      }
    } finally {
      await container.remove();
    }
  }

  /** kind asks an image for its version; ours keeps it elsewhere. */
  async #buildImage(node: string, signal: AbortSignal): Promise<void> {
    const context = pack();
    const dockerfile = `FROM ${node}\nRUN mkdir -p /kind/manifests && echo v${versions.kubernetes} > /kind/version\n`;
    context.entry({ name: 'Dockerfile' }, dockerfile);
    context.finalize();
    await this.#engine.buildImage({
      context: toReadable(context),
      tag: this.#image,
      onLine: () => undefined,
      signal,
    });
  }
}

async function which(program: string): Promise<string> {
  const { stdout } = await execute('sh', ['-c', `command -v ${program}`]);
  return stdout.trim();
}
