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
import { clockOffsetMs } from '../clock.ts';
import { LabError, toLabError } from '../errors.ts';
import type { LabWatcher } from '../checks/lab-watcher.ts';
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
import { bringToStep, requireStep } from './checkpoint.ts';
import { equip } from './equip.ts';
import { type EndReason, LearnerSession } from './session.ts';
import { afterwards, hashOwner, newId, toRow } from './session-record.ts';
import { limitThaws } from './limit-thaws.ts';
import { IdleFreezer } from './idle-freezer.ts';

/** Two clusters that start side by side on a small machine already slow each other down; more would all time out. */
const STARTS_AT_ONCE = 2;
const RECONCILE_MS = 30_000;
const STOP_TIMEOUT_MS = 60_000;

/** Begins to answer a session's checks and to follow its cluster; the session disposes it. */
export type WatchSession = (session: LearnerSession, sandbox: Sandbox) => LabWatcher;

export interface SessionsOptions {
  store: Store;
  log: Log;
  /** Why no session can start before {@link Sessions.begin}, or none that needs these images. */
  obstacle: (missing: readonly NodeImage[]) => LabError;
  sessionSeconds: number;
  /** How many sessions live at once, also those that start or stop. */
  limit: () => number;
  /** MiB that the machine can still give to sandboxes beside these sessions; negative when it is short. */
  room: (sessions: readonly MemoryUser[]) => number;
  /** Opens the pool of warm sandboxes; the sessions stop it. */
  createPool: (options: CreatePoolOptions) => SandboxPool;
  /** A session that nobody uses for so long is frozen; 0 is never. */
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

/** What somebody asks for. */
interface SessionRequest {
  lab: Lab;
  owner: string;
  step: string | undefined;
}

/** All sessions of this server, from creation to end. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #live = new Map<string, LearnerSession>();
  readonly #work = new Map<string, Promise<void>>();
  readonly #waiting: LearnerSession[] = [];
  #provider: SandboxProvider | undefined;
  #pool: SandboxPool | undefined;
  #starting = 0;
  /** Leases that are under way; they have a place already. */
  #leasing = 0;
  #clock = clockOffsetMs();
  #isStopped = false;
  #reconciler: NodeJS.Timeout | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Removes what an earlier server left; from then on sessions can start. Call once, when there is a provider. */
  async begin(provider: SandboxProvider, signal: AbortSignal): Promise<void> {
    const { store, log } = this.#options;
    const lost = store.markLost();
    const removed = await provider.sweep(() => false, signal);
    if (lost + removed.length > 0) log.warn({ lost, removed }, 'an earlier server left sessions');
    this.#provider = limitThaws(provider);
    this.#pool = this.#createPool(this.#provider);
    this.#pool.fill();
    this.#reconciler = setInterval(() => void this.#reconcile(provider), RECONCILE_MS).unref();
  }

  /**
   * Creates a session for an owner. If a sandbox was kept ready, the session is ready at once; otherwise one starts in the background. With `step`, it is ready when the
   * cluster has been brought to where that step begins.
   * Errors: `LAB_STEP_UNKNOWN`, `LAB_SANDBOX_PREPARING`, `LAB_IMAGES_PREPARING`, `LAB_SANDBOX_UNAVAILABLE`, `LAB_CAPACITY_FULL`.
   */
  async create(lab: Lab, owner: string, step?: string): Promise<LearnerSession> {
    if (step !== undefined) requireStep(lab, step);
    const request = { lab, owner, step };
    const { provider, pool } = this.#requireReady();
    const missing = missingImages(imagesFor(lab.profile), provider.images());
    if (missing.length > 0) throw this.#options.obstacle(missing);
    this.#requirePlace();
    const { memoryMib } = lab.profile;
    // The usual is there already with a sandbox that was kept ready.
    if (memoryMib > usualMemoryMib) this.#requireMemory(pool, memoryMib, usualMemoryMib);
    this.#leasing += 1;
    const warm = await pool.lease(lab.profile).finally(() => (this.#leasing -= 1));
    try {
      this.#requireReady();
      if (warm !== undefined) return this.#begin(warm, request);
      const pending = pool.pending(lab.profile);
      if (pending !== undefined) return this.#await(pending, request);
      this.#requireMemory(pool, memoryMib);
      return this.#queue(provider, request);
    } catch (error) {
      await warm?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A session that lives. Errors: `LAB_SESSION_UNKNOWN`, `LAB_SESSION_ENDED`, `LAB_SESSION_FORBIDDEN`. */
  get(id: string, owner: string | undefined): LearnerSession {
    const session = this.#live.get(id);
    if (session === undefined) {
      const ended = this.describe(id, owner);
      throw new LabError(
        'LAB_SESSION_ENDED',
        `Session ${id} has ended: ${ended.end?.reason ?? 'gone'}.`,
      );
    }
    this.#mayUse(session.ownerHash, owner);
    return session;
  }

  /** A session as it is now, or how it ended. Errors: `LAB_SESSION_UNKNOWN`, `LAB_SESSION_FORBIDDEN`. */
  describe(id: string, owner: string | undefined): Session {
    const live = this.#live.get(id);
    const row = this.#options.store.findSession(id);
    if (row === undefined) throw new LabError('LAB_SESSION_UNKNOWN', `There is no session ${id}.`);
    this.#mayUse(row.ownerHash, owner);
    return live?.toJson() ?? afterwards(row);
  }

  /** Ends a session and removes its sandbox; resolves when that is done. Ending twice is harmless. */
  async end(session: LearnerSession, reason: EndReason, error?: LabError): Promise<void> {
    if (!session.hasEnded && session.state !== 'stopping') {
      this.#options.log.info({ sessionId: session.id, reason, err: error }, 'session ends');
      session.setState('stopping', { reason, ...(error === undefined ? {} : { error }) });
      session.ending.abort(new Error(`the session ends: ${reason}`));
    }
    const index = this.#waiting.indexOf(session);
    if (index !== -1) {
      this.#waiting.splice(index, 1);
      this.#forget(session);
    }
    await this.#work.get(session.id);
  }

  /** Ends all sessions. Resolves when all sandboxes are gone, or after a minute, with how many are left. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    clearInterval(this.#reconciler);
    const ends = [...this.#live.values()].map(async (session) =>
      this.end(session, 'server-stopped'),
    );
    if (this.#pool !== undefined) ends.push(this.#pool.stop());
    await Promise.race([
      Promise.allSettled(ends),
      delay(STOP_TIMEOUT_MS, undefined, { ref: false }),
    ]);
    return this.#live.size;
  }

  count(): Status['sessions'] {
    return {
      active: this.#live.size - this.#waiting.length,
      warm: this.#pool?.count().warm ?? 0,
      frozen: [...this.#live.values()].filter(({ state }) => state === 'frozen').length,
      queued: this.#waiting.length,
      limit: this.#options.limit(),
      memoryShort: this.#room() < usualMemoryMib,
    };
  }

  #requireReady(): { provider: SandboxProvider; pool: SandboxPool } {
    if (this.#isStopped) {
      throw new LabError('LAB_SANDBOX_UNAVAILABLE', 'The server is stopping.');
    }
    if (this.#provider === undefined || this.#pool === undefined) throw this.#options.obstacle([]);
    return { provider: this.#provider, pool: this.#pool };
  }

  #requirePlace(): void {
    const limit = this.#options.limit();
    if (this.#live.size + this.#leasing >= limit) {
      throw new LabError('LAB_CAPACITY_FULL', `All ${limit} places are taken.`);
    }
  }

  /** MiB that are left for further sessions, also when those that have been promised are there. */
  #room(): number {
    return this.#options.room([...this.#live.values()].map(toMemoryUser));
  }

  /** Takes memory from the pool where the machine has too little. Errors: `LAB_CAPACITY_FULL`. */
  #requireMemory(pool: SandboxPool, memoryMib: number, has = 0): void {
    let room = this.#room();
    for (; room < memoryMib - has; room = Math.max(room, 0) + usualMemoryMib) {
      if (pool.dismissOne()) continue;
      const needed = `This machine has no ${memoryMib} MiB of memory left, which the session may take.`;
      throw new LabError('LAB_CAPACITY_FULL', needed);
    }
  }

  #createPool(provider: SandboxProvider): SandboxPool {
    const sandboxesThatFit = (): number => Math.floor(this.#room() / usualMemoryMib);
    const placesLeft = (): number => this.#options.limit() - this.#live.size - this.#leasing;
    const isBusy = (): boolean => this.#starting > 0 || this.#isStopped;
    const limits = { sandboxesThatFit, placesLeft, isBusy };
    return this.#options.createPool({ provider, limits, newId });
  }

  /** Before anything else: a session that cannot be noted must not begin. */
  #noteSession({ lab, owner, step }: SessionRequest, id: string): LearnerSession {
    const createdAt = new Date();
    const session = new LearnerSession({
      id,
      lab,
      step,
      ownerHash: hashOwner(owner),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + this.#options.sessionSeconds * 1000),
      expectedSeconds: (stage) => this.#options.store.expectedSeconds(stage),
    });
    this.#options.store.saveSession(toRow(session));
    this.#live.set(session.id, session);
    session.events.on('change', () => {
      this.#note(() => this.#options.store.saveSession(toRow(session)));
    });
    this.#options.log.info({ sessionId: session.id, lab: lab.id }, 'session created');
    return session;
  }

  /** Begins a session whose sandbox was kept ready; it is ready in the very answer to the request. */
  #begin(sandbox: Sandbox, request: SessionRequest): LearnerSession {
    const session = this.#noteSession(request, sandbox.sessionId);
    session.skipStages();
    this.#keep(
      session,
      this.#run(session, () => sandbox),
    );
    return session;
  }

  /** Begins a session whose sandbox is being made already. */
  #await(pending: PendingSandbox, request: SessionRequest): LearnerSession {
    const session = this.#noteSession(request, pending.sessionId);
    session.setState('creating');
    pending.follow(this.#stagesOf(session));
    const { signal } = session.ending;
    signal.addEventListener('abort', () => pending.cancel(signal.reason), { once: true });
    this.#keep(
      session,
      this.#run(session, async () => pending.take()),
    );
    return session;
  }

  #queue(provider: SandboxProvider, request: SessionRequest): LearnerSession {
    const session = this.#noteSession(request, newId());
    this.#waiting.push(session);
    this.#startNext(provider);
    return session;
  }

  #keep(session: LearnerSession, work: Promise<void>): void {
    this.#work.set(
      session.id,
      work.finally(() => this.#work.delete(session.id)),
    );
  }

  #mayUse(ownerHash: string, owner: string | undefined): void {
    if (owner === undefined || hashOwner(owner) !== ownerHash) {
      throw new LabError(
        'LAB_SESSION_FORBIDDEN',
        'The cookie of its owner is missing or another one.',
      );
    }
  }

  #startNext(provider: SandboxProvider): void {
    while (this.#starting < STARTS_AT_ONCE) {
      const session = this.#waiting.shift();
      if (session === undefined) break;
      this.#starting++;
      const start = async (): Promise<Sandbox> => {
        try {
          return await this.#start(session, provider);
        } finally {
          this.#starting--;
          this.#startNext(provider);
        }
      };
      this.#keep(session, this.#run(session, start));
    }
    this.#pool?.fill();
  }

  async #start(session: LearnerSession, provider: SandboxProvider): Promise<Sandbox> {
    session.setState('creating');
    return provider.start({
      sessionId: session.id,
      profile: session.lab.profile,
      expiresAt: session.expiresAt,
      onStage: this.#stagesOf(session),
      signal: session.ending.signal,
    });
  }

  #stagesOf(session: LearnerSession): StageListener {
    return (stage, edge) => {
      if (stage === 'control-plane' && edge === 'start') session.setState('booting');
      const seconds = session.setStage(stage, edge);
      if (edge === 'done') this.#note(() => this.#options.store.recordStage(stage, seconds));
    };
  }

  /** The whole life of a sandbox: start, use, removal. Never rejects. With a sandbox that is there the session is ready on return. */
  async #run(session: LearnerSession, obtain: () => Sandbox | Promise<Sandbox>): Promise<void> {
    const { log } = this.#options;
    const { signal } = session.ending;
    const started = performance.now();
    try {
      const obtained = obtain();
      const sandbox = obtained instanceof Promise ? await obtained : obtained;
      await using lifetime = new AsyncDisposableStack();
      lifetime.use(sandbox);
      signal.throwIfAborted();
      const equipping = equip(session, sandbox, this.#options.log);
      if (session.step !== undefined) {
        await equipping;
        await this.#bringToStep(session, sandbox, session.step);
      }
      this.#use(session, sandbox, lifetime);
      const ms = Math.round(performance.now() - started);
      log.info({ sessionId: session.id, ms }, 'session ready');
      await this.#untilEnd(session);
    } catch (error) {
      if (!signal.aborted) this.#fail(session, error);
      else if (error !== signal.reason) {
        log.warn({ sessionId: session.id, err: error }, 'a sandbox resists its removal');
      }
    }
    await this.#sweepAway(session);
    this.#forget(session);
    this.#pool?.fill();
  }

  async #bringToStep(session: LearnerSession, sandbox: Sandbox, step: string): Promise<void> {
    const { lab } = session;
    const { signal } = session.ending;
    const { workstation } = sandbox;
    session.setState('booting');
    session.setStage('steps', 'start');
    await using watcher = this.#options.watch(session, sandbox);
    await bringToStep({ lab, step, workstation, watcher, signal });
    session.setStage('steps', 'done');
  }

  #use(session: LearnerSession, sandbox: Sandbox, lifetime: AsyncDisposableStack): void {
    const { watch, log, freezeSeconds } = this.#options;
    const resume = (): void => {
      session.watcher = watch(session, sandbox);
      session.setState('ready');
    };
    lifetime.defer(async () => session.watcher?.[Symbol.asyncDispose]());
    session.sandbox = sandbox;
    session.handleLabCommands(sandbox.labCommands);
    session.freezer = lifetime.use(
      new IdleFreezer({
        sandbox,
        activity: session.activity,
        idleMs: this.#provider?.canFreeze === true ? freezeSeconds * 1000 : 0,
        signal: session.ending.signal,
        log: log.child({ sessionId: session.id }),
        onFrozen: async () => {
          session.setState('frozen');
          await session.watcher?.[Symbol.asyncDispose]();
        },
        onThawed: resume,
        onLost: (error) => void this.end(session, 'lost', error),
      }),
    );
    resume();
  }

  async #untilEnd(session: LearnerSession): Promise<void> {
    const { signal } = session.ending;
    await delay(session.msLeft, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) void this.end(session, 'expired');
  }

  #fail(session: LearnerSession, error: unknown): void {
    const coded = toLabError(error);
    session.failRunningStages();
    this.#options.log.error({ sessionId: session.id, err: coded }, 'session failed');
    session.setState('failed', { reason: 'failed', error: coded });
    session.ending.abort(coded);
  }

  /** What a sandbox's own removal left behind, for example when the engine was away. */
  async #sweepAway(session: LearnerSession): Promise<void> {
    const isAlive = (id: string): boolean => id !== session.id && this.#isAlive(id);
    try {
      await this.#provider?.sweep(isAlive, AbortSignal.timeout(STOP_TIMEOUT_MS));
    } catch (error) {
      this.#options.log.warn(
        { sessionId: session.id, err: error },
        'could not remove a sandbox now; it is tried again',
      );
    }
  }

  #isAlive(id: string): boolean {
    return this.#live.has(id) || (this.#pool?.holds(id) ?? false);
  }

  #forget(session: LearnerSession): void {
    session.setState('gone');
    this.#live.delete(session.id);
  }

  /** A store that takes nothing now is no reason to end what runs. */
  #note(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the state could not be written');
    }
  }

  /**
   * A session whose containers are gone is lost, whoever removed them; containers that belong to nobody are removed. A machine that
   * slept has not counted that time, so limits are looked at as well.
   */
  async #reconcile(provider: SandboxProvider): Promise<void> {
    const asked = performance.now();
    const started = [...this.#live.values()].filter(({ freezer }) => freezer !== undefined);
    for (const session of started) {
      if (session.msLeft === 0) void this.end(session, 'expired');
    }
    this.#lookAtClock(started);
    try {
      const running = await provider.list(AbortSignal.timeout(RECONCILE_MS / 2));
      for (const session of started) if (!running.has(session.id)) void this.end(session, 'lost');
      this.#pool?.reconcile(running, asked);
      await provider.sweep((id) => this.#isAlive(id), AbortSignal.timeout(STOP_TIMEOUT_MS));
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the engine could not be asked for its sandboxes');
    }
  }

  /** Clusters mind a clock that is set back. Waking mends that, also for those that are awake; the others do it when they wake. */
  #lookAtClock(sessions: readonly LearnerSession[]): void {
    const before = this.#clock;
    this.#clock = clockOffsetMs();
    const seconds = Math.round((this.#clock - before) / 1000);
    if (seconds === 0) return;
    this.#options.log.warn({ seconds }, 'the clock was set, or the machine slept');
    if (seconds > 0) return;
    for (const { state, sandbox, ending } of sessions) {
      if (state === 'ready') sandbox?.thaw(ending.signal).catch(() => undefined);
    }
  }
}

function toMemoryUser({ lab, sandbox }: LearnerSession): MemoryUser {
  return { memoryMib: lab.profile.memoryMib, isThere: sandbox !== undefined };
}
