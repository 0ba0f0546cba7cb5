import type { Profile } from '../../src/protocol/lab.ts';
import type { Sandbox, SandboxProvider, StageListener } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';

/** A member that has just booted still has things to do; it is frozen after this rest. */
const REST_MS = 5_000;
/** Older ones are replaced: nobody should get a cluster of last week. */
const MAX_AGE_MS = 12 * 60 * 60 * 1000;
/** Whoever has just got a sandbox has the machine for so long, before the next is made. */
const COURTESY_MS = 3_000;
/** A lease counts as demand for so long. */
const DEMAND_MS = 10 * 60 * 1000;
/** So many leases within that time ask for one member more. */
const LEASES_PER_MEMBER = 3;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 5 * 60 * 1000;
const FREEZE_MS = 10_000;
/** Certificates must outlast a session by this much. */
const MARGIN_MS = 10 * 60 * 1000;
const USUAL: Shape = { workers: 2 };

/** What makes two clusters the same to a learner who has not touched them. */
type Shape = Pick<Profile, 'workers'>;

export interface PoolOptions {
  provider: SandboxProvider;
  log: Log;
  /** How many members are kept at least and at most, as far as the memory allows. */
  min: number;
  max: number;
  sessionSeconds: number;
  newId: () => string;
  /** How many more sandboxes the memory holds now; negative when it is short. */
  room: () => number;
  /** While a learner waits for a start of their own, none is begun here. */
  isBusy: () => boolean;
}

interface Member {
  sandbox: Sandbox;
  shape: Shape;
  /** By the steady clock, in milliseconds. */
  madeAt: number;
  isFrozen: boolean;
  /** Its freezing, when that has begun. */
  freezing: Promise<void>;
  rest: NodeJS.Timeout;
}

/** A sandbox that is being made. Whoever has it disposes it. */
export interface Coming {
  readonly sessionId: string;
  readonly sandbox: Promise<Sandbox>;
  /** Tells the stages of its start, also those that have passed. */
  follow(listener: StageListener): void;
}

/** The member that is being made. */
class Making implements Coming {
  readonly sessionId: string;
  readonly shape: Shape;
  readonly sandbox: Promise<Sandbox>;
  isClaimed = false;
  readonly #stages: Parameters<StageListener>[] = [];
  #listener: StageListener = () => undefined;

  constructor(
    sessionId: string,
    shape: Shape,
    start: (onStage: StageListener) => Promise<Sandbox>,
  ) {
    this.sessionId = sessionId;
    this.shape = shape;
    this.sandbox = start((...stage) => {
      this.#stages.push(stage);
      this.#listener(...stage);
    });
  }

  follow(listener: StageListener): void {
    this.#listener = listener;
    for (const stage of this.#stages) listener(...stage);
  }
}

/**
 * Sandboxes that are ready before anyone asks, frozen until somebody does. Each bears the id of the session that it may become: labels cannot change on a
 * live container. Call {@link fill} when anything changes, {@link tend} now and then, {@link stop} at the end.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #members = new Set<Member>();
  readonly #leases: { at: number; workers: number }[] = [];
  readonly #stopped = new AbortController();
  /** Members that were taken to be leased, and may turn out to be dead. */
  readonly #waking = new Set<Member>();
  #making: Making | undefined;
  #work: Promise<void> = Promise.resolve();
  #retryMs = FIRST_RETRY_MS;
  #notBefore = 0;
  #isShort = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * A sandbox of this shape that is awake and has been proved to live, or undefined when there is none. The caller disposes it. A member that turns out to
   * be dead, or whose certificates would end too soon, is removed and never leased.
   */
  async lease(profile: Profile, signal: AbortSignal): Promise<Sandbox | undefined> {
    this.#leases.push({ at: performance.now(), workers: profile.workers });
    for (const member of this.#members) {
      if (member.shape.workers !== profile.workers) continue;
      this.#take(member);
      this.#waking.add(member);
      const isGood = await this.#isGood(member, signal);
      this.#waking.delete(member);
      if (isGood) {
        this.#fillIn(COURTESY_MS);
        return member.sandbox;
      }
      void this.#discard(member);
    }
    return undefined;
  }

  /** The sandbox of this shape that is being made, for whoever asks first. */
  claim(profile: Profile): Coming | undefined {
    const making = this.#making;
    if (making?.shape.workers !== profile.workers || making.isClaimed) return undefined;
    making.isClaimed = true;
    return making;
  }

  /** Whether the sandbox of this id is a member, or becomes one. */
  holds(id: string): boolean {
    const members = [...this.#members, ...this.#waking];
    return (
      this.#making?.sessionId === id || members.some(({ sandbox }) => sandbox.sessionId === id)
    );
  }

  /** How many members there are, and how many of them are frozen. */
  count(): { warm: number; frozen: number } {
    const frozen = [...this.#members].filter(({ isFrozen }) => isFrozen).length;
    return { warm: this.#members.size, frozen };
  }

  /** True while the memory is too short for the members that are wanted. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Begins to make what lacks, one at a time, if nothing speaks against it. */
  fill(): void {
    if (this.#making !== undefined || this.#stopped.signal.aborted) return;
    const shape = this.#lacking();
    if (shape === undefined || this.#options.isBusy()) return;
    if (performance.now() < this.#notBefore || !this.#hasRoom(1)) return;
    this.#work = this.#make(shape);
  }

  /**
   * Removes the members that are not among those that run, that are too old, or for which the memory is too short; then fills up.
   *
   * @param asked when `running` was asked for, by the steady clock: members made since are not judged by it
   */
  tend(running: ReadonlySet<string>, asked: number): void {
    for (const member of this.#members) {
      const isThere = member.madeAt > asked || running.has(member.sandbox.sessionId);
      if (!isThere) this.#dismiss(member, 'it no longer lives');
      else if (!this.#isYoung(member)) this.#dismiss(member, 'it is too old');
    }
    this.shrink();
    this.fill();
  }

  /** Gives the memory of one member back, if it is short. Returns whether one was given. */
  shrink(): boolean {
    const [member] = this.#members;
    if (this.#hasRoom(0) || member === undefined) return false;
    this.#dismiss(member, 'the memory is short');
    return true;
  }

  /** Removes all members; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the pool is closed'));
    await this.#work;
    const members = [...this.#members];
    for (const member of members) this.#take(member);
    await Promise.all(members.map(async (member) => this.#discard(member)));
  }

  #lacking(): Shape | undefined {
    const since = performance.now() - DEMAND_MS;
    while ((this.#leases[0]?.at ?? Infinity) < since) this.#leases.shift();
    const asked = new Map([[USUAL.workers, 0]]);
    for (const { workers } of this.#leases) asked.set(workers, (asked.get(workers) ?? 0) + 1);
    const { min, max } = this.#options;
    if (this.#members.size >= max) return undefined;
    for (const [workers, leases] of asked) {
      const least = workers === USUAL.workers ? min : 1;
      const wanted = Math.min(max, Math.max(least, Math.ceil(leases / LEASES_PER_MEMBER)));
      const have = [...this.#members].filter(({ shape }) => shape.workers === workers).length;
      if (have < wanted) return { workers };
    }
    return undefined;
  }

  #hasRoom(forHowMany: number): boolean {
    const isShort = this.#options.room() < forHowMany;
    if (isShort !== this.#isShort) {
      const { log } = this.#options;
      if (isShort) log.warn(this.count(), 'the memory is short: fewer sandboxes are kept ready');
      else log.info(this.count(), 'there is memory again for sandboxes that are kept ready');
    }
    this.#isShort = isShort;
    return !isShort;
  }

  /** Never rejects. */
  async #make(shape: Shape): Promise<void> {
    const { log } = this.#options;
    const sessionId = this.#options.newId();
    const making = new Making(sessionId, shape, async (onStage) =>
      this.#start(sessionId, shape, onStage),
    );
    this.#making = making;
    try {
      const sandbox = await making.sandbox;
      this.#retryMs = FIRST_RETRY_MS;
      if (!making.isClaimed) this.#add(sandbox, shape);
    } catch (error) {
      if (!this.#stopped.signal.aborted) {
        log.warn({ err: error, retryMs: this.#retryMs }, 'a sandbox could not be made ready');
        this.#fillIn(this.#retryMs);
        this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      }
    }
    this.#making = undefined;
    if (making.isClaimed) this.#fillIn(COURTESY_MS);
    else this.fill();
  }

  async #start(sessionId: string, shape: Shape, onStage: StageListener): Promise<Sandbox> {
    const { provider, sessionSeconds } = this.#options;
    return provider.start({
      sessionId,
      profile: { ...shape, addons: [], images: ['web'] },
      expiresAt: new Date(Date.now() + MAX_AGE_MS + sessionSeconds * 1000),
      onStage,
      signal: this.#stopped.signal,
    });
  }

  #fillIn(ms: number): void {
    this.#notBefore = performance.now() + ms;
    setTimeout(() => this.fill(), ms + 1).unref();
  }

  #add(sandbox: Sandbox, shape: Shape): void {
    const member: Member = {
      sandbox,
      shape,
      madeAt: performance.now(),
      isFrozen: false,
      freezing: Promise.resolve(),
      rest: setTimeout(() => {
        member.freezing = this.#freeze(member);
      }, REST_MS).unref(),
    };
    this.#members.add(member);
    const { sessionId } = sandbox;
    this.#options.log.info({ sessionId, ...this.count() }, 'a sandbox is ready for whoever comes');
  }

  async #freeze(member: Member): Promise<void> {
    try {
      await member.sandbox.freeze(AbortSignal.timeout(FREEZE_MS));
      member.isFrozen = true;
    } catch (error) {
      const { sessionId } = member.sandbox;
      this.#options.log.warn({ sessionId, err: error }, 'a sandbox could not be frozen');
      if (this.#members.has(member)) this.#dismiss(member, 'it does not freeze');
    }
  }

  async #isGood(member: Member, signal: AbortSignal): Promise<boolean> {
    const { sandbox } = member;
    if (!this.#isYoung(member)) return false;
    try {
      await member.freezing;
      await sandbox.thaw(signal);
      return true;
    } catch (error) {
      const { sessionId } = sandbox;
      this.#options.log.warn({ sessionId, err: error }, 'a sandbox that was ready does not wake');
      return false;
    }
  }

  #isYoung({ madeAt, sandbox }: Member): boolean {
    const needed = Date.now() + this.#options.sessionSeconds * 1000 + MARGIN_MS;
    return performance.now() - madeAt < MAX_AGE_MS && sandbox.validUntil.getTime() > needed;
  }

  /** From then on nobody else has it. */
  #take(member: Member): void {
    clearTimeout(member.rest);
    this.#members.delete(member);
  }

  #dismiss(member: Member, why: string): void {
    const { sessionId } = member.sandbox;
    this.#options.log.info({ sessionId, why }, 'a sandbox that was ready is removed');
    this.#take(member);
    void this.#discard(member).then(() => this.fill());
  }

  /** Never rejects: what resists is swept later. */
  async #discard(member: Member): Promise<void> {
    await member.freezing;
    try {
      await member.sandbox[Symbol.asyncDispose]();
    } catch (error) {
      const { sessionId } = member.sandbox;
      this.#options.log.warn({ sessionId, err: error }, 'a sandbox resists its removal');
    }
  }
}
