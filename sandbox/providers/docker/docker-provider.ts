import { Mutex } from '../../../src/async.ts';
import type { NodeImage } from '../../../src/protocol/lab.ts';
import { applyAddons, needLoadBalancers } from '../../clusters/addons.ts';
import { nodeName } from '../../clusters/addresses.ts';
import { LoadBalancers } from '../../clusters/load-balancers.ts';
import { LabError, toLabError } from '../../errors.ts';
import type {
  LabCommandHandler,
  Sandbox,
  SandboxImages,
  SandboxProvider,
  SandboxRequest,
} from '../../provider.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Engine } from './engine/engine.ts';
import { listBelongings, removeBelongings } from './engine/inventory.ts';
import { ownershipLabels } from './engine/labels.ts';
import { bridgePrefix } from './firewall.ts';
import { KindCluster } from './nodes/kind-cluster.ts';
import type { StartedKindCluster } from './nodes/started-kind-cluster.ts';
import { type StartedWorkstation, startWorkstation } from './nodes/workstation-container.ts';

export interface DockerProviderOptions {
  engine: Engine;
  /** The install id, which names and labels contain. A sweep touches nothing else. */
  install: string;
  generation: number;
  /** Called at each start, because images are added while the server runs. */
  images: () => SandboxImages;
  /** How long a start may take. */
  startMs: number;
  log: Log;
}

const UNDO_MS = 10_000;
/**
 * A sandbox is useless without these. It may lose a worker: that is what some lessons are about.
 */
const VITAL_PARTS = [nodeName(0), 'workstation'];

/** Runs sandboxes as containers: a {@link KindCluster} and a workstation on its network. */
export function createDockerProvider(options: DockerProviderOptions): SandboxProvider {
  const { engine, install, log } = options;
  return {
    canFreeze: true,

    start: async (request) => startSandbox(options, request, options.images()),

    images: () => options.images().holds,

    list: async (signal) => {
      signal.throwIfAborted();
      const belongings = await listBelongings(engine, install);
      const running = belongings.filter((b) => b.kind === 'container' && b.running);
      const has = (session: string, part: string): boolean =>
        running.some((b) => b.session === session && b.name.endsWith(`-${part}`));
      const sessions = new Set(running.map(({ session }) => session));
      return new Set([...sessions].filter((id) => VITAL_PARTS.every((part) => has(id, part))));
    },

    sweep: async (isAlive, signal) => {
      const stray = (await listBelongings(engine, install)).filter((b) => !isAlive(b.session));
      signal.throwIfAborted();
      if (stray.length > 0) log.warn({ count: stray.length }, 'removing what no session owns');
      await removeBelongings(engine, stray);
      return [...new Set(stray.map((b) => b.session))];
    },
  };
}

/** Starts cluster and workstation side by side, as soon as their network exists. */
async function startSandbox(
  options: DockerProviderOptions,
  request: SandboxRequest,
  images: SandboxImages,
): Promise<Sandbox> {
  const { engine, install } = options;
  const { sessionId, profile, onStage, signal } = request;
  const failed = new AbortController();
  const limit = AbortSignal.any([signal, failed.signal]);
  const network = Promise.withResolvers<undefined>();
  const workstationStart = network.promise.then(async () => {
    onStage('workstation', 'start');
    return startWorkstation({
      ...{ engine, image: images.workstation, network: nameOf(options, request), signal: limit },
      labels: labelsOf(options, request),
      name: `${nameOf(options, request)}-workstation`,
      workers: profile.workers,
    });
  });
  workstationStart.catch((error: unknown) => failed.abort(error));
  try {
    const cluster = await clusterOf(options, request, images.node)
      .withStageListener((stage, edge) => {
        onStage(stage, edge);
        if (stage === 'network' && edge === 'done') network.resolve(undefined);
      })
      .start(limit);
    const workstation = await workstationStart;
    await workstation.setKubeConfig(await learnerKubeConfig(cluster), limit);
    onStage('workstation', 'done');
    const { holds } = images;
    return toSandbox(sessionId, { holds, cluster, workstation, log: options.log });
  } catch (error) {
    network.reject(error);
    failed.abort(error);
    await workstationStart.catch(() => undefined);
    const all = await listBelongings(engine, install);
    await removeBelongings(
      engine,
      all.filter(({ session }) => session === sessionId),
    );
    signal.throwIfAborted();
    throw toLabError(error, 'LAB_WORKSTATION_START_FAILED');
  }
}

function nameOf({ install }: DockerProviderOptions, { sessionId }: SandboxRequest): string {
  return `kindlab-${install.slice(0, 4)}-${sessionId}`;
}

function labelsOf(
  { install, generation }: DockerProviderOptions,
  { sessionId, expiresAt }: SandboxRequest,
): Record<string, string> {
  return ownershipLabels({ install, session: sessionId, generation, expires: expiresAt });
}

function clusterOf(
  options: DockerProviderOptions,
  request: SandboxRequest,
  image: string,
): KindCluster {
  return new KindCluster(image)
    .withEngine(options.engine)
    .fromTemplate()
    .withStartupTimeout(options.startMs)
    .withWorkers(request.profile.workers)
    .withName(nameOf(options, request))
    .withBridge(`${bridgePrefix(options.install)}-${request.sessionId.slice(0, 8)}`)
    .withLabels(labelsOf(options, request));
}

interface SandboxParts {
  holds: readonly NodeImage[];
  cluster: StartedKindCluster;
  workstation: StartedWorkstation;
  log: Log;
}

function toSandbox(sessionId: string, { holds, cluster, workstation, log }: SandboxParts): Sandbox {
  const loadBalancers = new LoadBalancers(cluster.api, (error) =>
    log.debug({ sessionId, err: error }, 'load balancers were not updated'),
  );
  let hasLoadBalancers = false;
  const labCommands = toLabCommands(cluster);
  workstation.serveLab(labCommands);
  return {
    sessionId,
    images: holds,
    cluster,
    workstation,
    power: cluster.power,
    labCommands,
    validUntil: cluster.validUntil,
    equip: async (addons, signal) => {
      await applyAddons(cluster.controlPlane, addons, signal);
      hasLoadBalancers ||= needLoadBalancers(addons);
      if (hasLoadBalancers) loadBalancers.start();
    },
    freeze: async (signal) => {
      loadBalancers.stop();
      try {
        await cluster.freeze(signal);
        try {
          await workstation.freeze();
        } catch (error) {
          await cluster.thaw(AbortSignal.timeout(UNDO_MS));
          throw error;
        }
      } catch (error) {
        if (hasLoadBalancers) loadBalancers.start();
        throw error;
      }
    },
    thaw: async (signal) => {
      try {
        await Promise.all([workstation.thaw(), cluster.thaw(signal)]);
        if (hasLoadBalancers) loadBalancers.start();
      } catch (error) {
        signal.throwIfAborted();
        throw new LabError(
          'LAB_SANDBOX_LOST',
          'A part of the sandbox is gone or does not answer.',
          {
            cause: error,
          },
        );
      }
    },
    [Symbol.asyncDispose]: async () => {
      loadBalancers.stop();
      try {
        await workstation[Symbol.asyncDispose]();
      } finally {
        await cluster.stop();
      }
    },
  };
}

/** Changes nodes one at a time, as `NodePower` requires. */
function toLabCommands({ power }: StartedKindCluster): LabCommandHandler {
  const changes = new Mutex();
  return {
    power: async (node, to, signal) => changes.run(async () => power[to](node, signal)),
  };
}

/**
 * A certificate for the learner; `sandbox/images/node/root/kind/addons/learner.yaml` gives rights
 * to the group `kindlab:learners`.
 */
async function learnerKubeConfig(cluster: StartedKindCluster): Promise<string> {
  return cluster.createUserKubeConfig('learner', ['kindlab:learners']);
}
