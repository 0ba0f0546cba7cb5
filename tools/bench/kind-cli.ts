import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { CAPABILITIES } from '../../sandbox/providers/docker/nodes/kind-node.ts';
import { nodeAddress, nodeName } from '../../sandbox/clusters/addresses.ts';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import {
  type Belonging,
  listLabelled,
  removeBelongings,
} from '../../sandbox/providers/docker/engine/inventory.ts';
import { linesOf } from '../../sandbox/providers/docker/engine/lines.ts';
import { listFiles, packFiles, projectRoot } from '../../sandbox/images/build/files.ts';
import { versions } from '../../sandbox/versions.ts';
import { withTimeout } from '../../src/async.ts';
import type { Bench } from './bench.ts';
import { buildKindProgram } from './kind-program.ts';

const FOLDER = 'tools/bench/kind-cli';
const CREATE_MS = 180_000;
/** How much later a container may still appear that was requested before its client was killed. */
const STRAGGLER_MS = 2_000;
/** kind's label for everything that belongs to a cluster. */
const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';

/**
 * kind's defaults for three nodes, except for what our node image requires: image names, cgroups,
 * addresses, and add-ons that need no privileges.
 */
const clusterConfig = {
  kind: 'Cluster',
  apiVersion: 'kind.x-k8s.io/v1alpha4',
  nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
  kubeadmConfigPatches: [
    {
      kind: 'ClusterConfiguration',
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      imageRepository: 'kindlab',
      etcd: { local: { imageTag: versions.etcd } },
      apiServer: { certSANs: ['localhost', '127.0.0.1', nodeName(0), nodeAddress(0)] },
    },
    {
      kind: 'InitConfiguration',
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      skipPhases: ['preflight', 'addon'],
    },
    {
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      failCgroupV1: false,
      featureGates: { KubeletInUserNamespace: true },
    },
  ].map((patch) => stringify(patch)),
};

/** Replaces `--privileged`: the flags of our own nodes. */
export function nodeFlags(): string[] {
  return [
    '--cap-drop=ALL',
    ...CAPABILITIES.map((capability) => `--cap-add=${capability}`),
    '--security-opt=systempaths=unconfined',
    // The add-ons use the API server's name in our own clusters.
    `--add-host=${nodeName(0)}:${nodeAddress(0)}`,
  ];
}

/**
 * The `kind` CLI, built from its Go module, with our node image. One cluster at a time. Disposing
 * it removes everything it created.
 */
export class KindCli implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #image: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kindlab-kind-'));

  private constructor(engine: Engine, name: string) {
    this.#engine = engine;
    this.#name = name;
    this.#image = `kindlab/kind-cli-node:${process.pid}`;
  }

  /**
   * Builds the CLI unless it exists, its node image, and the network of its nodes. `name` is the
   * name of the cluster.
   */
  static async prepare({ engine, images, signal }: Bench, name: string): Promise<KindCli> {
    const cli = new KindCli(engine, name);
    try {
      await cli.#build(images.node, signal);
      await engine.networks.create({
        name,
        bridge: `kb${process.pid}`,
        labels: { [CLUSTER_LABEL]: name },
        signal,
      });
      return cli;
    } catch (error) {
      await cli[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Runs `kind create cluster` and resolves when it returns. Calls `onControlPlane` when kind
   * reports that the control plane is up.
   */
  async create(onControlPlane: () => void, signal: AbortSignal): Promise<void> {
    const limit = withTimeout(signal, CREATE_MS);
    limit.throwIfAborted();
    const config = join(this.#folder, 'config.yaml');
    const argv = ['create', 'cluster', '--name', this.#name, '--image', this.#image];
    const child = spawn(join(this.#folder, 'kind'), [...argv, '--config', config, '--retain'], {
      env: this.#environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      // Its own process group, so that the clients it runs end with it.
      detached: true,
    });
    const ended = once(child, 'close') as Promise<[number | null]>;
    ended.catch(() => undefined);
    const kill = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    limit.addEventListener('abort', kill, { once: true });
    const output: string[] = [];
    try {
      for await (const line of linesOf(child.stderr)) {
        output.push(line);
        if (line.includes('✓ Starting control-plane')) onControlPlane();
      }
      const [exitCode] = await ended;
      limit.throwIfAborted();
      if (exitCode !== 0) throw new Error(`kind exited with ${exitCode}:\n${output.join('\n')}`);
    } finally {
      limit.removeEventListener('abort', kill);
    }
  }

  /** Removes the cluster, even a partial one. The network stays. */
  async remove(): Promise<void> {
    const belongings = await this.#belongings();
    await removeBelongings(
      this.#engine,
      belongings.filter(({ kind }) => kind === 'container'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
    await delay(STRAGGLER_MS);
    await removeBelongings(this.#engine, await this.#belongings());
    await this.#engine.images.remove(this.#image).catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #belongings(): Promise<Belonging[]> {
    return listLabelled(this.#engine, [`${CLUSTER_LABEL}=${this.#name}`]);
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DOCKER: execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim(),
      NODE_FLAGS: nodeFlags().join('\n'),
      PATH: `${this.#folder}${delimiter}${process.env.PATH ?? ''}`,
      KUBECONFIG: join(this.#folder, 'kubeconfig'),
      KIND_EXPERIMENTAL_PROVIDER: 'docker',
      KIND_EXPERIMENTAL_DOCKER_NETWORK: this.#name,
    };
  }

  async #build(node: string, signal: AbortSignal): Promise<void> {
    copyFileSync(await buildKindProgram(this.#engine, signal), join(this.#folder, 'kind'));
    copyFileSync(join(projectRoot, FOLDER, 'docker'), join(this.#folder, 'docker'));
    writeFileSync(join(this.#folder, 'config.yaml'), stringify(clusterConfig));
    await this.#engine.images.build({
      context: packFiles(await listFiles({ Dockerfile: `${FOLDER}/Dockerfile` })),
      tag: this.#image,
      buildArgs: { NODE: node, KUBERNETES_VERSION: `v${versions.kubernetes}` },
      onLine: () => undefined,
      signal,
    });
  }
}
