import {
  lackingImages,
  type LabImage,
  type Profile,
  profileSchema,
} from '../../src/protocol/lab.ts';
import type { Sandbox, SandboxProvider } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import { Demand } from './demand.ts';
import { type PendingSandbox, PendingMember } from './pending-member.ts';

/** A member that has just booted still has things to do; it is frozen after this rest. */
const REST_MS = 5_000;
/** Older ones are replaced: nobody should get a cluster of last week. */
const MAX_AGE_MS = 12 * 60 * 60 * 1000;
/** Whoever has just got a sandbox has the machine for so long, before the next is made. */
const COURTESY_MS = 3_000;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 5 * 60 * 1000;
const FREEZE_MS = 10_000;
/** A member must be good for a session and this much more. */
const MARGIN_MS = 10 * 60 * 1000;
/** The shape that nearly every lesson has: kept ready without being asked for. */
const USUAL_WORKERS = 2;

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
  /** How many more sessions there may be: more members than that are of no use. */
  places: () => number;
  /** While a learner waits for a start of their own, none is begun here. */
  isBusy: () => boolean;
}

interface Member {
  sandbox: Sandbox;
  workers: number;
  /** By the steady clock, in milliseconds. */
  madeAt: number;
  /** No session may go on for longer: the sandbox's label says so. */
  expiresAt: Date;
  isFrozen: boolean;
  /** Its freezing, when that has begun. */
  freezing: Promise<void>;
  rest: NodeJS.Timeout;
}

/**
 * Sandboxes that are ready before anyone asks, frozen until somebody does. Each bears the id of the session that it may become: labels cannot change on a
 * live container. Call {@link fill} when anything changes, {@link tend} now and then, {@link stop} at the end.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #members = new Set<Member>();
  readonly #demand = new Demand();
  readonly #stopped = new AbortController();
  /** Members that were taken to be leased, and may turn out to be dead. */
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

  /**
   * A sandbox of this shape that is awake and has been proved to live, or undefined when there is none. The caller disposes it. A member that turns out to
   * be dead, or whose certificates would end too soon, is removed and never leased.
   */
  async lease({ workers, images }: Profile): Promise<Sandbox | undefined> {
    this.#demand.note(workers);
    for (const member of this.#members) {
      if (member.workers !== workers || !has(member.sandbox.images, images)) continue;
      this.#take(member);
      const waking = this.#wake(member);
      this.#waking.set(member, waking);
      if (!(await waking)) continue;
      this.#fillIn(COURTESY_MS);
      return member.sandbox;
    }
    return undefined;
  }

  /** The sandbox of this shape that is being made, unless somebody has taken it. */
  pending({ workers, images }: Profile): PendingSandbox | undefined {
    const pending = this.#pending;
    if (pending?.workers !== workers || pending.isTaken) return undefined;
    return has(pending.images, images) ? pending : undefined;
  }

  /** Whether the sandbox of this id is a member, or becomes one. */
  holds(id: string): boolean {
    const members = [...this.#members, ...this.#waking.keys()];
    return (
      this.#pending?.sessionId === id || members.some(({ sandbox }) => sandbox.sessionId === id)
    );
  }

  /** How many members there are, and how many of them are frozen. */
  count(): { warm: number; frozen: number } {
    const frozen = [...this.#members].filter(({ isFrozen }) => isFrozen).length;
    return { warm: this.#members.size, frozen };
  }

  /** Begins to make what lacks, one at a time, if nothing speaks against it. */
  fill(): void {
    if (this.#pending !== undefined || this.#stopped.signal.aborted) return;
    const workers = this.#lacking();
    this.#noteShortage(workers !== undefined && this.#options.room() < 1);
    if (workers === undefined || this.#isShort || this.#options.isBusy()) return;
    if (performance.now() >= this.#notBefore) this.#work = this.#make(workers);
  }

  /**
   * Removes the members that are not among those that run, that are too old, that lack images which new ones have, that nobody asks for any longer, or for which the
   * memory is too short; then fills up.
   *
   * @param asked when `running` was asked for, by the steady clock: members made since are not judged by it
   */
  tend(running: ReadonlySet<string>, asked: number): void {
    for (const member of this.#members) {
      const isThere = member.madeAt > asked || running.has(member.sandbox.sessionId);
      if (!isThere) this.#dismiss(member, 'it no longer lives');
      else if (!this.#isYoung(member)) this.#dismiss(member, 'it is too old');
      else if (!has(member.sandbox.images, this.#options.provider.images()))
        this.#dismiss(member, 'new ones have more images');
      else if (this.#wanted(member.workers) === 0) this.#dismiss(member, 'nobody asks for it');
    }
    if (this.#options.room() < 0) this.giveWay();
    if (this.#members.size > this.#options.places()) this.giveWay('no session may have it');
    this.fill();
  }

  /** Gives the memory of one member back, of the shape that was asked for least lately. Returns whether there was one. */
  giveWay(why = 'the memory is short'): boolean {
    const others = this.#demand.recent().filter((workers) => workers !== USUAL_WORKERS);
    const order = [...others, USUAL_WORKERS];
    const [member] = [...this.#members].sort(
      (a, b) => order.indexOf(a.workers) - order.indexOf(b.workers),
    );
    if (member !== undefined) this.#dismiss(member, why);
    return member !== undefined;
  }

  /** Removes all members; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the pool is closed'));
    await this.#work;
    await Promise.all(this.#waking.values());
    for (const member of this.#members) {
      this.#take(member);
      this.#discard(member);
    }
    await Promise.all(this.#removals);
  }

  #wanted(workers: number): number {
    const { min, max } = this.#options;
    const least = workers === USUAL_WORKERS ? min : 0;
    return Math.min(max, Math.max(least, this.#demand.wanted(workers)));
  }

  /** The number of workers of the member that should be made next. */
  #lacking(): number | undefined {
    const { max, places } = this.#options;
    if (this.#members.size >= Math.min(max, places())) return undefined;
    return [USUAL_WORKERS, ...this.#demand.recent().reverse()].find((workers) => {
      const have = [...this.#members].filter((member) => member.workers === workers).length;
      return have < this.#wanted(workers);
    });
  }

  #noteShortage(isShort: boolean): void {
    const { log } = this.#options;
    if (isShort && !this.#isShort)
      log.warn(this.count(), 'the memory is short: fewer sandboxes are kept ready');
    if (!isShort && this.#isShort)
      log.info(this.count(), 'there is memory again for sandboxes that are kept ready');
    this.#isShort = isShort;
  }

  /** Never rejects. */
  async #make(workers: number): Promise<void> {
    const { provider, newId } = this.#options;
    const sessionId = newId();
    const expiresAt = this.#expiry();
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
      if (!pending.isCancelled) this.#onFailure(error);
    }
    this.#pending = undefined;
    if (pending.isTaken) this.#fillIn(COURTESY_MS);
    else this.fill();
  }

  #onFailure(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const { log } = this.#options;
    log.warn({ err: error, retryMs: this.#retryMs }, 'a sandbox could not be made ready');
    this.#fillIn(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  /** The last moment of a session that gets a member on its last day. */
  #expiry(): Date {
    return new Date(Date.now() + MAX_AGE_MS + this.#options.sessionSeconds * 1000 + MARGIN_MS);
  }

  /** Not before that, whatever changes. */
  #fillIn(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + ms);
    setTimeout(() => this.fill(), ms + 1).unref();
  }

  #add(sandbox: Sandbox, workers: number, expiresAt: Date): void {
    const member: Member = {
      sandbox,
      workers,
      madeAt: performance.now(),
      expiresAt,
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

  /** Whether it may be leased; otherwise it is removed. */
  async #wake(member: Member): Promise<boolean> {
    const isGood = await this.#isGood(member);
    this.#waking.delete(member);
    if (!isGood) this.#discard(member);
    return isGood;
  }

  async #isGood(member: Member): Promise<boolean> {
    const { sandbox, freezing } = member;
    const { signal } = this.#stopped;
    await freezing;
    if (!this.#isYoung(member)) return false;
    try {
      await sandbox.thaw(signal);
      return !signal.aborted;
    } catch (error) {
      const { sessionId } = sandbox;
      this.#options.log.warn({ sessionId, err: error }, 'a sandbox that was ready does not wake');
      return false;
    }
  }

  /** Both clocks: one stands still while the machine sleeps, the other may be set. */
  #isYoung({ madeAt, expiresAt, sandbox }: Member): boolean {
    const needed = Date.now() + this.#options.sessionSeconds * 1000 + MARGIN_MS;
    const end = Math.min(expiresAt.getTime(), sandbox.validUntil.getTime());
    return performance.now() - madeAt < MAX_AGE_MS && end > needed;
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
    this.#discard(member);
  }

  #discard(member: Member): void {
    const removal = this.#remove(member).finally(() => {
      this.#removals.delete(removal);
      this.fill();
    });
    this.#removals.add(removal);
  }

  /** Never rejects: what resists is swept later. */
  async #remove({ freezing, sandbox }: Member): Promise<void> {
    await freezing;
    try {
      await sandbox[Symbol.asyncDispose]();
    } catch (error) {
      const { sessionId } = sandbox;
      this.#options.log.warn({ sessionId, err: error }, 'a sandbox resists its removal');
    }
  }
}

/** Whether there is all that is wanted. */
function has(there: readonly LabImage[], wanted: readonly LabImage[]): boolean {
  return lackingImages(wanted, there).length === 0;
}
