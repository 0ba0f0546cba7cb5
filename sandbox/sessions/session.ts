import { EventEmitter } from 'node:events';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import type { FileList } from '../../src/protocol/files.ts';
import type { Lab } from '../../src/protocol/lab.ts';
import type { Session, SessionStage, SessionState } from '../../src/protocol/session.ts';
import { LabError } from '../errors.ts';
import type { Sandbox } from '../provider.ts';
import { Activity } from './activity.ts';
import { FilesWatch } from './files-watch.ts';
import { OpenApiDocuments } from './openapi-documents.ts';
import type { RunningSession } from './running-session.ts';
import { SessionPreviews } from './session-previews.ts';
import { Stages } from './stages.ts';

export type EndReason = NonNullable<Session['end']>['reason'];

interface SessionEvents {
  change: [];
  check: [CheckResult];
  cluster: [ClusterChange];
  files: [FileList];
}

export interface LearnerSessionOptions {
  id: string;
  lab: Lab;
  /** The step to which the cluster is brought before the session is ready. */
  step?: string | undefined;
  ownerHash: string;
  createdAt: Date;
  expiresAt: Date;
  expectedSeconds: (stage: SessionStage['id']) => number | undefined;
}

/** A learner's session from its creation to its end: its state, its parts, and its events. */
export class LearnerSession {
  readonly id: string;
  readonly lab: Lab;
  readonly step: string | undefined;
  readonly ownerHash: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly events = new EventEmitter<SessionEvents>().setMaxListeners(0);
  /** Aborted when the session begins to end. */
  readonly ending = new AbortController();
  readonly activity = new Activity();
  /** The files below `~/lab`, watched once a client asks for them. */
  readonly files = new FilesWatch({
    onChange: (list) => this.events.emit('files', list),
    signal: this.ending.signal,
  });
  /** The kinds that its cluster knows. */
  readonly openApiDocuments = new OpenApiDocuments(this);
  /** What its pods serve to a browser. */
  readonly previews = new SessionPreviews(this);
  readonly #stages: Stages;
  /** By the steady clock, in milliseconds. */
  readonly #endsAt: number;
  #state: SessionState = 'queued';
  #end: Session['end'];
  #running: RunningSession | undefined;

  constructor(options: LearnerSessionOptions) {
    const { step, createdAt, expiresAt, expectedSeconds } = options;
    this.id = options.id;
    this.lab = options.lab;
    this.step = step;
    this.ownerHash = options.ownerHash;
    this.createdAt = createdAt;
    this.expiresAt = expiresAt;
    this.#endsAt = performance.now() + expiresAt.getTime() - createdAt.getTime();
    this.#stages = new Stages({ hasSteps: step !== undefined, expectedSeconds });
  }

  get state(): SessionState {
    return this.#state;
  }

  get end(): Session['end'] {
    return this.#end;
  }

  get hasEnded(): boolean {
    return this.#state === 'gone' || this.#state === 'failed';
  }

  /** Whether it has been ready: its sandbox is there, awake or frozen. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Milliseconds until the time limit, by the clock that says less: the steady one stands still
   * while the machine sleeps, and the wall clock may be set back.
   */
  get msLeft(): number {
    const byClock = this.expiresAt.getTime() - Date.now();
    return Math.max(0, Math.min(byClock, this.#endsAt - performance.now()));
  }

  /**
   * The parts of a session that is ready or frozen; using its sandbox may require {@link awake}.
   * Errors: `LAB_SESSION_NOT_READY`, `LAB_SESSION_ENDED`.
   */
  running(): RunningSession {
    if (this.ending.signal.aborted) {
      throw new LabError('LAB_SESSION_ENDED', `Session ${this.id} is ${this.#state}.`);
    }
    if (this.#running === undefined) {
      throw new LabError('LAB_SESSION_NOT_READY', `Session ${this.id} is ${this.#state}.`);
    }
    return this.#running;
  }

  /** The sandbox, awake. Counts as use. Errors as {@link running}, and `LAB_SANDBOX_LOST`. */
  async awake(): Promise<Sandbox> {
    this.activity.use();
    await this.running().freezer.awake();
    return this.running().sandbox;
  }

  /**
   * Runs the step's checks now; wakes a frozen sandbox. Errors as {@link awake} and
   * `LabWatcher.ask`.
   */
  async ask(step: string, signal: AbortSignal): Promise<CheckResult[]> {
    await this.awake();
    return this.running().watcher.ask(step, signal);
  }

  /**
   * Stops or starts a worker; wakes a frozen sandbox. Resolves with whether that changed anything.
   * Errors as {@link awake}, and those of `Power`.
   */
  async setPower(node: string, to: 'stop' | 'start', signal: AbortSignal): Promise<boolean> {
    this.activity.use();
    const { freezer, sandbox } = this.running();
    return freezer.whileAwake(async () => sandbox.power[to](node, signal));
  }

  /** Repairs what a clock that was set back has broken in a cluster that is awake. */
  repairClock(): void {
    void this.#running?.freezer.refresh();
  }

  /** The results of all checks; none before the session is ready. */
  results(): CheckResult[] {
    return this.#running?.watcher.results() ?? [];
  }

  /** The live picture; empty before the session is ready. */
  objects(): ClusterObject[] {
    return this.#running?.watcher.objects() ?? [];
  }

  /** Makes the session ready. Call it once. */
  start(running: RunningSession): void {
    this.#running = running;
    this.setState('ready');
  }

  /**
   * Moves to another state and emits `change`. A session that is stopping never restarts, and one
   * that has ended never changes.
   */
  setState(state: SessionState, end?: { reason: EndReason; error?: LabError }): void {
    if (this.hasEnded || (this.#state === 'stopping' && state !== 'gone')) return;
    this.#state = state;
    if (end !== undefined) {
      const { reason, error } = end;
      this.#end = { reason, ...(error === undefined ? {} : { error: error.toBody().error }) };
    }
    this.events.emit('change');
  }

  /** Notes an edge of a stage and emits `change`. Returns how many seconds the stage took. */
  setStage(id: SessionStage['id'], edge: 'start' | 'done'): number {
    const seconds = this.#stages.set(id, edge);
    this.events.emit('change');
    return seconds;
  }

  /** For a session that takes over a warm sandbox. */
  skipStartStages(): void {
    this.#stages.skipStart();
  }

  /** Ends a session whose start failed. */
  fail(error: LabError): void {
    this.#stages.failRunning();
    this.setState('failed', { reason: 'failed', error });
    this.ending.abort(error);
  }

  /** A copy, as the API describes it. */
  toJson(): Session {
    return {
      id: this.id,
      lab: this.lab.id,
      state: this.#state,
      stages: this.#stages.toJson(),
      createdAt: this.createdAt.toISOString(),
      expiresAt: this.expiresAt.toISOString(),
      secondsLeft: this.hasEnded ? 0 : this.msLeft / 1000,
      ...(this.#end === undefined ? {} : { end: this.#end }),
    };
  }
}
