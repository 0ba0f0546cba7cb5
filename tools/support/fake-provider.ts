import { KubeConfig } from '@kubernetes/client-node';
import { LabError } from '../../sandbox/errors.ts';
import { until as pollUntil } from '../../src/async.ts';
import type { NodeImage } from '../../src/protocol/lab.ts';
import type {
  LabCommandHandler,
  Power,
  Sandbox,
  SandboxProvider,
  SandboxRequest,
  TerminalConnection,
  Workstation,
} from '../../sandbox/provider.ts';

/** A terminal that echoes each frame. */
class EchoConnection implements TerminalConnection {
  onFrame: (frame: string | Uint8Array) => void = () => undefined;
  onClose: (error?: Error) => void = () => undefined;
  send(frame: string | Uint8Array): void {
    this.onFrame(frame);
  }
  pause(): void {
    // It sends nothing by itself.
  }
  resume(): void {
    // It holds nothing back.
  }
  [Symbol.dispose](): void {
    // It holds no resources.
  }
}

const noFiles = async () =>
  Promise.reject(new LabError('LAB_FILE_FAILED', 'This workstation has no files.'));

const workstation: Workstation = {
  files: { list: noFiles, read: noFiles, write: noFiles, remove: noFiles, watch: noFiles },
  exec: async () => Promise.resolve({ exitCode: 0, output: '' }),
  openTerminal: async () => Promise.resolve(new EchoConnection()),
};

/**
 * Provides sandboxes without containers. `behave` is a start; by default it passes all stages at
 * once.
 */
export class FakeProvider implements SandboxProvider {
  /** The ids of the sessions whose sandboxes exist. */
  readonly existing = new Set<string>();
  readonly frozen = new Set<string>();
  readonly swept: string[] = [];
  /** When the certificates of new sandboxes expire. */
  validUntil = new Date('2099-01-01');
  /** The images on the nodes of new sandboxes. */
  holds: readonly NodeImage[] = ['web'];
  starts = 0;
  /** When false, an aborted start succeeds nevertheless. */
  noticesAborts = true;
  /** The removal of a sandbox waits for this; if it rejects, the removal fails. */
  beforeRemoval: Promise<void> = Promise.resolve();
  /** Adding add-ons waits for this. */
  beforeEquip: Promise<void> = Promise.resolve();
  /** Each thaw waits for this. */
  beforeThaw: Promise<void> = Promise.resolve();
  /** The workers whose power is off. */
  readonly off = new Set<string>();
  /** The handlers of the command `lab`, by session. */
  readonly labCommands = new Map<string, LabCommandHandler>();
  freezes = 0;
  thaws = 0;
  /** How many of the next thaws fail. */
  failingThaws = 0;
  /** Whether it claims to be able to freeze. */
  canFreeze = true;
  /** When true, each freeze fails. */
  failsToFreeze = false;
  /** The kubeconfig of all clusters. */
  kubeConfig = new KubeConfig();
  /** The files of all workstations. */
  files = workstation.files;
  behave: (request: SandboxRequest) => Promise<void> = async ({ onStage }) => {
    for (const stage of ['network', 'nodes', 'control-plane', 'workers', 'workstation'] as const) {
      onStage(stage, 'start');
      onStage(stage, 'done');
    }
    return Promise.resolve();
  };

  async start(request: SandboxRequest): Promise<Sandbox> {
    this.starts++;
    const { sessionId } = request;
    this.existing.add(sessionId);
    try {
      await this.behave(request);
      if (this.noticesAborts) request.signal.throwIfAborted();
    } catch (error) {
      this.existing.delete(sessionId);
      throw error;
    }
    const labCommands: LabCommandHandler = {
      power: async () => Promise.reject(new Error('no session handles lab commands yet')),
    };
    this.labCommands.set(sessionId, labCommands);
    return {
      sessionId,
      images: this.holds,
      cluster: { kubeConfig: this.kubeConfig },
      workstation: { ...workstation, files: this.files },
      power: this.#power(sessionId),
      labCommands,
      validUntil: this.validUntil,
      equip: async () => this.beforeEquip,
      freeze: async () => {
        this.#requireExisting(sessionId);
        this.freezes++;
        if (this.failsToFreeze) throw new Error('it does not freeze');
        this.frozen.add(sessionId);
        return Promise.resolve();
      },
      thaw: async (signal) => {
        this.thaws++;
        this.#requireExisting(sessionId);
        await this.beforeThaw;
        if (this.failingThaws-- > 0) throw new LabError('LAB_SANDBOX_LOST', 'It does not answer.');
        signal.throwIfAborted();
        this.frozen.delete(sessionId);
      },
      [Symbol.asyncDispose]: async () => {
        await this.beforeRemoval;
        this.existing.delete(sessionId);
        this.frozen.delete(sessionId);
      },
    };
  }

  /** Removes the containers, as from outside. */
  kill(sessionId: string): void {
    this.existing.delete(sessionId);
  }

  /** The power of the nodes control-plane, worker and worker2. */
  #power(sessionId: string): Power {
    const change = async (node: string, isOff: boolean): Promise<boolean> => {
      if (this.frozen.has(sessionId)) throw new Error('it is frozen');
      if (!['control-plane', 'worker', 'worker2'].includes(node)) {
        throw new LabError('LAB_NODE_UNKNOWN', `There is no node ${node}.`);
      }
      if (isOff && node === 'control-plane') {
        throw new LabError('LAB_NODE_VITAL', `${node} cannot be stopped.`);
      }
      const before = this.off.has(node);
      if (isOff) this.off.add(node);
      else this.off.delete(node);
      return Promise.resolve(before !== isOff);
    };
    return {
      stop: async (node) => change(node, true),
      start: async (node) => change(node, false),
    };
  }

  #requireExisting(sessionId: string): void {
    if (this.existing.has(sessionId)) return;
    throw new LabError('LAB_SANDBOX_LOST', `The sandbox ${sessionId} is gone.`);
  }

  images(): readonly NodeImage[] {
    return this.holds;
  }

  async list(): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(this.existing));
  }

  async sweep(isAlive: (sessionId: string) => boolean): Promise<string[]> {
    const stray = [...this.existing].filter((id) => !isAlive(id));
    for (const id of stray) this.existing.delete(id);
    this.swept.push(...stray);
    return Promise.resolve(stray);
  }
}

/** Resolves when `condition` holds; rejects after three seconds. */
export async function until(condition: () => boolean): Promise<void> {
  await pollUntil(condition, { pollMs: 5, timeoutMs: 3_000 });
}
