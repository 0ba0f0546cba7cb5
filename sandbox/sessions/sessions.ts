import { setTimeout as delay } from 'node:timers/promises';
import {
  imagesFor,
  type Lab,
  missingImages,
  type NodeImage,
  usualMemoryMib,
} from '../../src/protocol/lab.ts';
import type { Session } from '../../src/protocol/session.ts';
import type { Status } from '../../src/protocol/status.ts';
import type { MemoryUser } from '../capacity.ts';
import { LabError } from '../errors.ts';
import type {
  PendingSandbox,
  PoolLimits,
  Sandbox,
  SandboxPool,
  SandboxProvider,
  StageListener,
} from '../provider.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import { Admission } from './admission.ts';
import { requireStep } from './checkpoint.ts';
import { limitThaws } from './limit-thaws.ts';
import { Reconciler } from './reconciler.ts';
import { type SessionRequest, SessionRegistry } from './registry.ts';
import type { EndReason, LearnerSession } from './session.ts';
import { newId } from './session-record.ts';
import { SessionRunner, type WatchSession } from './session-runner.ts';
import { StartQueue } from './start-queue.ts';

const STOP_MS = 60_000;

export interface SessionsOptions {
  store: Store;
  log: Log;
  /** Why no session can start before {@link Sessions.begin}, or none that needs these images. */
  obstacle: (missing: readonly NodeImage[]) => LabError;
  sessionSeconds: number;
  /** How many sessions may live at once, including those that start or stop. */
  limit: () => number;
  /** MiB that the machine can still give beside these users; negative when memory is short. */
  memoryLeftMib: (users: readonly MemoryUser[]) => number;
  /** Opens the pool of warm sandboxes; the sessions stop it. */
  createPool: (options: CreatePoolOptions) => SandboxPool;
  /** A session is frozen after this long without use; 0 means never. */
  freezeSeconds: number;
  /** Runs the checks and the live picture of a session. */
  watch: WatchSession;
}

export interface CreatePoolOptions {
  provider: SandboxProvider;
  limits: PoolLimits;
  /** Makes the id of a member, which is the id of the session that gets it. */
  newId: () => string;
}

/** Exists from {@link Sessions.begin} on. */
interface Backend {
  provider: SandboxProvider;
  pool: SandboxPool;
  runner: SessionRunner;
  reconciler: Reconciler;
}

/** All sessions of this server. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #registry: SessionRegistry;
  readonly #admission: Admission;
  readonly #queue = new StartQueue();
  /** By session id, until its sandbox is gone. */
  readonly #lives = new Map<string, Promise<void>>();
  #backend: Backend | undefined;
  #isStopped = false;

  constructor(options: SessionsOptions) {
    const { limit, memoryLeftMib } = options;
    this.#options = options;
    this.#registry = new SessionRegistry(options);
    this.#admission = new Admission({
      sessions: () => this.#registry.all(),
      ...{ limit, memoryLeftMib },
    });
  }

  /**
   * Removes what an earlier server left; then sessions can start. Call it once, when there is a
   * provider.
   */
  async begin(unlimited: SandboxProvider, signal: AbortSignal): Promise<void> {
    const { store, log, createPool, freezeSeconds, watch } = this.#options;
    const lost = store.markLost();
    const removed = await unlimited.sweep(() => false, signal);
    if (lost + removed.length > 0)
      log.warn({ lost, removed }, 'cleaned up sessions of an earlier server');
    const provider = limitThaws(unlimited);
    const pool = createPool({ provider, limits: this.#poolLimits(), newId });
    const isAlive = (id: string): boolean => this.#registry.has(id) || pool.holds(id);
    const end = (...args: Parameters<Sessions['end']>): void => void this.end(...args);
    const sessions = (): LearnerSession[] => this.#registry.all();
    this.#backend = {
      provider,
      pool,
      runner: new SessionRunner({ provider, log, freezeSeconds, watch, isAlive, end }),
      reconciler: new Reconciler({ provider, pool, log, sessions, isAlive, end }),
    };
    pool.fill();
  }

  /**
   * Creates a session for an owner. It is ready at once if it gets a warm sandbox; otherwise a
   * sandbox starts in the background. With `step`, it becomes ready when the cluster has been
   * brought to where that step starts.
   * Errors: `LAB_STEP_UNKNOWN`, `LAB_SANDBOX_PREPARING`, `LAB_IMAGES_PREPARING`,
   * `LAB_IMAGE_BUILD_FAILED`, `LAB_SANDBOX_UNAVAILABLE`, `LAB_CAPACITY_FULL`.
   */
  async create(lab: Lab, owner: string, step?: string): Promise<LearnerSession> {
    if (step !== undefined) requireStep(lab, step);
    const { provider, pool } = this.#requireReady();
    const missing = missingImages(imagesFor(lab.profile), provider.images());
    if (missing.length > 0) throw this.#options.obstacle(missing);
    const request = { lab, owner, step };
    const place = this.#admission.reserve(lab.profile, pool);
    let warm: Sandbox | undefined;
    try {
      warm = await pool.lease(lab.profile);
    } finally {
      place[Symbol.dispose]();
    }
    try {
      this.#requireReady();
      const pending = warm === undefined ? pool.pending(lab.profile) : undefined;
      const isThere = warm !== undefined || pending !== undefined;
      this.#admission.claimMemory(lab.profile, pool, isThere);
      if (warm !== undefined) return this.#startWarm(warm, request);
      if (pending !== undefined) return this.#followPending(pending, request);
      return this.#startCold(request);
    } catch (error) {
      await warm?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** As {@link SessionRegistry.get}. */
  get(id: string, owner: string | undefined): LearnerSession {
    return this.#registry.get(id, owner);
  }

  /** As {@link SessionRegistry.describe}. */
  describe(id: string, owner: string | undefined): Session {
    return this.#registry.describe(id, owner);
  }

  /** Ends a session; resolves when its sandbox is gone. Ending twice is harmless. */
  async end(session: LearnerSession, reason: EndReason, error?: LabError): Promise<void> {
    if (!session.hasEnded && session.state !== 'stopping') {
      this.#options.log.info({ sessionId: session.id, reason, err: error }, 'session ends');
      session.setState('stopping', { reason, ...(error === undefined ? {} : { error }) });
      session.ending.abort(new Error(`the session ends: ${reason}`));
    }
    await this.#lives.get(session.id);
  }

  /**
   * Ends all sessions and stops the pool. Resolves when all sandboxes are gone, or after a minute,
   * with how many sessions are left.
   */
  async stop(): Promise<number> {
    this.#isStopped = true;
    this.#backend?.reconciler[Symbol.dispose]();
    const ends = this.#registry.all().map(async (each) => this.end(each, 'server-stopped'));
    const work = Promise.allSettled([...ends, this.#backend?.pool.stop()]);
    await Promise.race([work, delay(STOP_MS, undefined, { ref: false })]);
    return this.#registry.size;
  }

  count(): Status['sessions'] {
    const queued = this.#queue.waiting;
    return {
      active: this.#registry.size - queued,
      warm: this.#backend?.pool.count().warm ?? 0,
      frozen: this.#registry.all().filter(({ state }) => state === 'frozen').length,
      queued,
      limit: this.#options.limit(),
      memoryShort: this.#admission.memoryLeftMib() < usualMemoryMib,
    };
  }

  #requireReady(): Backend {
    if (this.#isStopped) throw new LabError('LAB_SANDBOX_UNAVAILABLE', 'The server is stopping.');
    if (this.#backend === undefined) throw this.#options.obstacle([]);
    return this.#backend;
  }

  #poolLimits(): PoolLimits {
    return {
      sandboxesThatFit: () => Math.floor(this.#admission.memoryLeftMib() / usualMemoryMib),
      placesLeft: () => this.#admission.placesLeft(),
      isBusy: () => this.#queue.isStarting || this.#isStopped,
    };
  }

  /** The session is ready on return, unless a step must be solved first. */
  #startWarm(sandbox: Sandbox, request: SessionRequest): LearnerSession {
    const session = this.#registry.add(request, sandbox.sessionId);
    session.skipStartStages();
    this.#run(session, sandbox);
    return session;
  }

  #followPending(pending: PendingSandbox, request: SessionRequest): LearnerSession {
    const session = this.#registry.add(request, pending.sessionId);
    session.setState('creating');
    pending.follow(this.#stagesOf(session));
    const { signal } = session.ending;
    signal.addEventListener('abort', () => pending.cancel(signal.reason), { once: true });
    this.#run(session, pending.take());
    return session;
  }

  #startCold(request: SessionRequest): LearnerSession {
    const { provider, pool } = this.#requireReady();
    const session = this.#registry.add(request, newId());
    const { id, lab, expiresAt, ending } = session;
    const start = async (): Promise<Sandbox> => {
      session.setState('creating');
      const onStage = this.#stagesOf(session);
      const { signal } = ending;
      return provider.start({ sessionId: id, profile: lab.profile, expiresAt, onStage, signal });
    };
    this.#run(
      session,
      this.#queue.run(start, ending.signal).finally(() => pool.fill()),
    );
    return session;
  }

  #run(session: LearnerSession, sandbox: Sandbox | Promise<Sandbox>): void {
    const { runner, pool } = this.#requireReady();
    const life = runner.run(session, sandbox).then(() => {
      this.#registry.remove(session);
      this.#lives.delete(session.id);
      pool.fill();
    });
    this.#lives.set(session.id, life);
  }

  #stagesOf(session: LearnerSession): StageListener {
    return (stage, edge) => {
      if (stage === 'control-plane' && edge === 'start') session.setState('booting');
      const seconds = session.setStage(stage, edge);
      if (edge === 'done') this.#registry.recordStage(stage, seconds);
    };
  }
}
