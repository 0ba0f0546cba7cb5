import { KindCluster, type StartedKindCluster } from '../clusters/kind-cluster.ts';
import type { Engine } from '../engine/engine.ts';
import { bridgePrefix } from '../engine/firewall.ts';
import { listBelongings, removeBelongings } from '../engine/inventory.ts';
import { ownershipLabels } from '../engine/labels.ts';
import { LabError, toLabError } from '../errors.ts';
import type { Sandbox, SandboxProvider, SandboxRequest } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import { startWorkstation } from '../workstations/engine-workstation.ts';

export interface EngineProviderOptions {
  engine: Engine;
  /** The install id: names and labels carry it, and a sweep touches nothing else. */
  install: string;
  generation: number;
  images: { node: string; workstation: string };
  log: Log;
}

const UNDO_MS = 10_000;
/** Without these a sandbox is of no use; a worker may be lost, that is a lesson of its own. */
const VITAL_PARTS = ['control-plane', 'workstation'];

/** Sandboxes as containers of an engine: a {@link KindCluster} and a workstation on its network. */
export function createEngineProvider(options: EngineProviderOptions): SandboxProvider {
  const { engine, install, log } = options;
  return {
    start: async (request) => startSandbox(options, request),

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

async function startSandbox(
  { engine, install, generation, images }: EngineProviderOptions,
  { sessionId, profile, expiresAt, onStage, signal }: SandboxRequest,
): Promise<Sandbox> {
  const labels = ownershipLabels({ install, session: sessionId, generation, expires: expiresAt });
  const name = `kindlab-${install.slice(0, 4)}-${sessionId}`;
  const cluster = await new KindCluster(images.node)
    .withEngine(engine)
    .fromTemplate()
    .withWorkers(profile.workers)
    .withName(name)
    .withBridge(`${bridgePrefix(install)}-${sessionId.slice(0, 8)}`)
    .withLabels(labels)
    .withStageListener(onStage)
    .start(signal);
  try {
    onStage('workstation', 'start');
    const workstation = await startWorkstation({
      engine,
      image: images.workstation,
      network: name,
      labels,
      name: `${name}-workstation`,
      sessionKubeconfig: await learnerKubeConfig(cluster),
      signal,
    });
    onStage('workstation', 'done');
    return {
      sessionId,
      cluster,
      workstation,
      validUntil: cluster.validUntil,
      freeze: async (limit) => {
        await cluster.freeze(limit);
        try {
          await workstation.freeze();
        } catch (error) {
          await cluster.thaw(AbortSignal.timeout(UNDO_MS));
          throw error;
        }
      },
      thaw: async (limit) => {
        try {
          await Promise.all([workstation.thaw(), cluster.thaw(limit)]);
        } catch (error) {
          limit.throwIfAborted();
          throw new LabError('LAB_SANDBOX_LOST', 'A part of the sandbox is gone or silent.', {
            cause: error,
          });
        }
      },
      [Symbol.asyncDispose]: async () => {
        await workstation[Symbol.asyncDispose]();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    signal.throwIfAborted();
    if (error instanceof LabError) throw error;
    throw toLabError(error, 'LAB_WORKSTATION_START_FAILED');
  }
}

/** The persona's own certificate; `kindlab:learners` is bound in `sandbox/images/node/root/kind/addons/learner.yaml`. */
async function learnerKubeConfig(cluster: StartedKindCluster): Promise<string> {
  return cluster.createUserKubeConfig('learner', ['kindlab:learners']);
}
