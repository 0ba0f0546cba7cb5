import { imagesFor, type Profile, profileSchema } from '../../src/protocol/lab.ts';
import type {
  PendingSandbox,
  PoolLimits,
  Sandbox,
  SandboxPool,
  SandboxProvider,
} from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import { Demand } from './demand.ts';
import { hasImages, Member, memberExpiry } from './member.ts';
import { PendingMember } from './pending-member.ts';

/** After a lease, its learner has the machine for this long before the next member starts. */
const COURTESY_MS = 3_000;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 5 * 60 * 1000;
/** The shape of nearly every lesson; only this one is kept ready without demand. */
const USUAL_WORKERS = 2;

export interface PoolOptions {
  provider: SandboxProvider;
  log: Log;
  limits: PoolLimits;
  /** The least and the greatest number of members, as far as memory allows. */
  min: number;
  max: number;
  sessionSeconds: number;
  newId: () => string;
}

/**
 * Keeps warm sandboxes and starts them itself, one at a time. Each member already bears the id of
 * the session that it may become: labels of a live container cannot change.
 */
export class Pool implements SandboxPool {
  readonly #options: PoolOptions;
  readonly #members = new Set<Member>();
  readonly #demand = new Demand();
  readonly #stopped = new AbortController();
  /** Members that are being leased; they may still turn out to be dead. */
  readonly #waking = new Map<Member, Promise<boolean>>();
  readonly #removals = new Set<Promise<void>>();
  #pending: PendingMember | undefined;
  #work: Promise<void> = Promise.resolve();
  #retryMs = FIRST_RETRY_MS;
  #notBefore = 0;
  #isShort = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async lease(profile: Profile): Promise<Sandbox | undefined> {
    this.#demand.note(profile.workers);
    for (const member of this.#members) {
      if (!member.fits(profile)) continue;
      this.#take(member);
      const waking = this.#wake(member);
      this.#waking.set(member, waking);
      if (!(await waking)) continue;
      this.#fillIn(COURTESY_MS);
      return member.sandbox;
    }
    return undefined;
  }

  canLease(profile: Profile): boolean {
    return [...this.#members].some((member) => member.fits(profile));
  }

  pending(profile: Profile): PendingSandbox | undefined {
    const pending = this.#pending;
    if (pending?.workers !== profile.workers || pending.isTaken) return undefined;
    return hasImages(pending.images, imagesFor(profile)) ? pending : undefined;
  }

  holds(sessionId: string): boolean {
    const members = [...this.#members, ...this.#waking.keys()];
    return (
      this.#pending?.sessionId === sessionId ||
      members.some(({ sandbox }) => sandbox.sessionId === sessionId)
    );
  }

  count(): { warm: number; frozen: number } {
    const frozen = [...this.#members].filter(({ isFrozen }) => isFrozen).length;
    return { warm: this.#members.size, frozen };
  }

  /** Starts the next missing member, unless one is starting or a limit prevents it. */
  fill(): void {
    if (this.#pending !== undefined || this.#stopped.signal.aborted) return;
    const { limits } = this.#options;
    const workers = this.#missingShape();
    this.#noteShortage(workers !== undefined && limits.sandboxesThatFit() < 1);
    if (workers === undefined || this.#isShort || limits.isBusy()) return;
    if (performance.now() >= this.#notBefore) this.#work = this.#startMember(workers);
  }

  reconcile(running: ReadonlySet<string>, askedAt: number): void {
    const { limits, provider } = this.#options;
    for (const member of this.#members) {
      const exists = member.startedAt > askedAt || running.has(member.sandbox.sessionId);
      if (!exists) this.#dismiss(member, 'it is gone');
      else if (!member.isFresh()) this.#dismiss(member, 'it is too old');
      else if (!hasImages(member.sandbox.images, provider.images()))
        this.#dismiss(member, 'new sandboxes have more images');
      else if (this.#wanted(member.workers) === 0) this.#dismiss(member, 'no session asks for it');
    }
    if (limits.sandboxesThatFit() < 0) this.dismissOne();
    if (this.#members.size > limits.placesLeft()) this.dismissOne('no session has a place for it');
    this.fill();
  }

  /** Gives up a member of the shape that has been wanted least lately. */
  dismissOne(why = 'memory is short'): boolean {
    const others = this.#demand.recent().filter((workers) => workers !== USUAL_WORKERS);
    const order = [...others, USUAL_WORKERS];
    const [member] = [...this.#members].sort(
      (a, b) => order.indexOf(a.workers) - order.indexOf(b.workers),
    );
    if (member !== undefined) this.#dismiss(member, why);
    return member !== undefined;
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the pool is closed'));
    await this.#work;
    await Promise.all(this.#waking.values());
    for (const member of this.#members) {
      this.#take(member);
      this.#remove(member);
    }
    await Promise.all(this.#removals);
  }

  #wanted(workers: number): number {
    const { min, max } = this.#options;
    const least = workers === USUAL_WORKERS ? min : 0;
    return Math.min(max, Math.max(least, this.#demand.wanted(workers)));
  }

  /** The number of workers of the member to start next; undefined when none is missing. */
  #missingShape(): number | undefined {
    const { max, limits } = this.#options;
    if (this.#members.size >= Math.min(max, limits.placesLeft())) return undefined;
    return [USUAL_WORKERS, ...this.#demand.recent().reverse()].find((workers) => {
      const have = [...this.#members].filter((member) => member.workers === workers).length;
      return have < this.#wanted(workers);
    });
  }

  /** Logs the edges of a memory shortage, once each. */
  #noteShortage(isShort: boolean): void {
    const { log } = this.#options;
    if (isShort && !this.#isShort)
      log.warn(this.count(), 'memory is short: the pool keeps fewer sandboxes');
    if (!isShort && this.#isShort) log.info(this.count(), 'the pool has enough memory again');
    this.#isShort = isShort;
  }

  /** Never rejects. */
  async #startMember(workers: number): Promise<void> {
    const { provider, newId, sessionSeconds } = this.#options;
    const sessionId = newId();
    const expiresAt = memberExpiry(sessionSeconds);
    const pending = new PendingMember({
      sessionId,
      workers,
      images: provider.images(),
      start: async (onStage, signal) =>
        provider.start({
          sessionId,
          profile: profileSchema.parse({ workers }),
          expiresAt,
          onStage,
          signal: AbortSignal.any([this.#stopped.signal, signal]),
        }),
    });
    this.#pending = pending;
    try {
      const sandbox = await pending.sandbox;
      this.#retryMs = FIRST_RETRY_MS;
      if (!pending.isTaken) this.#add(sandbox, workers, expiresAt);
    } catch (error) {
      if (!pending.isCancelled) this.#retryLater(error);
    }
    this.#pending = undefined;
    if (pending.isTaken) this.#fillIn(COURTESY_MS);
    else this.fill();
  }

  #retryLater(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const { log } = this.#options;
    log.warn({ err: error, retryMs: this.#retryMs }, 'the pool could not start a sandbox');
    this.#fillIn(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  /** Fills the pool after this long; until then, no other change does. */
  #fillIn(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + ms);
    setTimeout(() => this.fill(), ms + 1).unref();
  }

  #add(sandbox: Sandbox, workers: number, expiresAt: Date): void {
    const { log, sessionSeconds, provider } = this.#options;
    const member = new Member({
      ...{ sandbox, workers, expiresAt, sessionSeconds, log },
      canFreeze: provider.canFreeze,
      onFreezeFailed: () => {
        if (this.#members.has(member)) this.#dismiss(member, 'it could not be frozen');
      },
    });
    this.#members.add(member);
    log.info({ sessionId: sandbox.sessionId, ...this.count() }, 'pool member ready');
  }

  /** Resolves with whether it may be leased; otherwise removes it. */
  async #wake(member: Member): Promise<boolean> {
    const isGood = await member.wake(this.#stopped.signal);
    this.#waking.delete(member);
    if (!isGood) this.#remove(member);
    return isGood;
  }

  /** The member leaves the pool; the caller leases or removes it. */
  #take(member: Member): void {
    member.keepAwake();
    this.#members.delete(member);
  }

  #dismiss(member: Member, why: string): void {
    const { sessionId } = member.sandbox;
    this.#options.log.info({ sessionId, why }, 'a sandbox leaves the pool');
    this.#take(member);
    this.#remove(member);
  }

  #remove(member: Member): void {
    const removal = member.remove().finally(() => {
      this.#removals.delete(removal);
      this.fill();
    });
    this.#removals.add(removal);
  }
}
