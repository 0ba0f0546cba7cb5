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

/** A terminal that answers each frame with the same frame. */
class EchoConnection implements TerminalConnection {
  onFrame: (frame: string | Uint8Array) => void = () => undefined;
  onClose: (error?: Error) => void = () => undefined;
  send(frame: string | Uint8Array): void {
    this.onFrame(frame);
  }
  pause(): void {
    // Nothing comes by itself.
  }
  resume(): void {
    // Nothing was held back.
  }
  [Symbol.dispose](): void {
    // Nothing is held.
  }
}

const noFiles = async () => Promise.reject(new LabError('LAB_FILE_FAILED', 'There are none.'));

const workstation: Workstation = {
  files: { list: noFiles, read: noFiles, write: noFiles, remove: noFiles, watch: noFiles },
  exec: async () => Promise.resolve({ exitCode: 0, output: '' }),
  openTerminal: async () => Promise.resolve(new EchoConnection()),
};

/** Makes sandboxes of nothing. What a start does is `behave`; by default it passes all stages at once. */
export class FakeProvider implements SandboxProvider {
  /** The ids of the sessions whose sandboxes exist. */
  readonly existing = new Set<string>();
  readonly frozen = new Set<string>();
  readonly swept: string[] = [];
  /** Of sandboxes made from now on. */
  validUntil = new Date('2099-01-01');
  /** Of those, what is on their nodes. */
  holds: readonly NodeImage[] = ['web'];
  starts = 0;
  /** When false, a start that is aborted succeeds all the same. */
  noticesAborts = true;
  /** What the removal of a sandbox waits for; when it rejects, the removal fails. */
  beforeRemoval: Promise<void> = Promise.resolve();
  /** What adding add-ons waits for. */
  beforeEquip: Promise<void> = Promise.resolve();
  /** What waking waits for, and what freezing does. */
  beforeThaw: Promise<void> = Promise.resolve();
  /** The workers that are off. */
  readonly off = new Set<string>();
  /** Who answers `lab`, by session. */
  readonly labCommands = new Map<string, LabCommandHandler>();
  freezes = 0;
  thaws = 0;
  /** So many are in vain. */
  vainThaws = 0;
  /** Whether it claims to be able to freeze. */
  canFreeze = true;
  /** When true, each freeze fails. */
  failsToFreeze = false;
  /** Of all its clusters. */
  kubeConfig = new KubeConfig();
  /** Of all its workstations. */
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
        if (this.vainThaws-- > 0) throw new LabError('LAB_SANDBOX_LOST', 'It is silent.');
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

  /** What happens to it from outside: its containers are gone. */
  kill(sessionId: string): void {
    this.existing.delete(sessionId);
  }

  /** Of nodes named control-plane, worker and worker2. */
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
