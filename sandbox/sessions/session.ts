import { EventEmitter } from 'node:events';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import type { FileList } from '../../src/protocol/files.ts';
import type { Lab } from '../../src/protocol/lab.ts';
import type { LabCheckAnswer } from '../../src/protocol/lab-command.ts';
import type { Session, SessionStage, SessionState } from '../../src/protocol/session.ts';
import type { LabWatcher } from '../checks/lab-watcher.ts';
import { LabError } from '../errors.ts';
import type { LabCommandHandler, Sandbox } from '../provider.ts';
import { Activity } from './activity.ts';
import { OpenApiDocuments } from './openapi-documents.ts';
import { FilesWatch } from './files-watch.ts';
import { SessionPreviews } from './session-previews.ts';
import type { IdleFreezer } from './idle-freezer.ts';

const STAGES: readonly SessionStage['id'][] = [
  'network',
  'nodes',
  'control-plane',
  'workers',
  'workstation',
];

export type EndReason = NonNullable<Session['end']>['reason'];

interface SessionEvents {
  change: [];
  check: [CheckResult];
  cluster: [ClusterChange];
  files: [FileList];
}

interface StageClock {
  state: SessionStage['state'];
  startedAt?: number;
  seconds: number;
  expectedSeconds: number | undefined;
}

export interface LearnerSessionOptions {
  id: string;
  lab: Lab;
  /** The step that the cluster is brought to first. */
  step?: string | undefined;
  ownerHash: string;
  createdAt: Date;
  expiresAt: Date;
  expectedSeconds: (stage: SessionStage['id']) => number | undefined;
}

/** A session from its creation to its end: what it is now, and who is told when that changes. */
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
  readonly #stages: Map<SessionStage['id'], StageClock>;
  /** By the steady clock, in milliseconds. */
  readonly #endsAt: number;
  #state: SessionState = 'queued';
  #end: Session['end'];
  sandbox: Sandbox | undefined;
  /** Freezes and wakes the sandbox while there is one. */
  freezer: IdleFreezer | undefined;
  readonly activity = new Activity();
  /** What is below `~/lab`, once somebody has asked. */
  readonly files = new FilesWatch({
    onChange: (list) => this.events.emit('files', list),
    signal: this.ending.signal,
  });
  /** The kinds that its cluster knows. */
  readonly openApiDocuments = new OpenApiDocuments(this);
  /** What its pods serve to a browser. */
  readonly previews = new SessionPreviews(this);
  /** Answers the lab's checks while the session is ready. */
  watcher: LabWatcher | undefined;

  constructor(options: LearnerSessionOptions) {
    this.id = options.id;
    this.lab = options.lab;
    this.step = options.step;
    this.ownerHash = options.ownerHash;
    this.createdAt = options.createdAt;
    this.expiresAt = options.expiresAt;
    this.#endsAt = performance.now() + options.expiresAt.getTime() - options.createdAt.getTime();
    this.#stages = new Map(
      [...STAGES, ...(options.step === undefined ? [] : ['steps' as const])].map((id) => [
        id,
        { state: 'waiting', seconds: 0, expectedSeconds: options.expectedSeconds(id) },
      ]),
    );
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

  /** Until its time limit, by the clock that says less: one stands still while the machine sleeps, the other may be set back. */
  get msLeft(): number {
    const byClock = this.expiresAt.getTime() - Date.now();
    return Math.max(0, Math.min(byClock, this.#endsAt - performance.now()));
  }

  /** Asks the step's checks again; a frozen sandbox wakes for it. Errors as {@link running} and {@link LabWatcher.ask}. */
  async ask(step: string, signal: AbortSignal): Promise<CheckResult[]> {
    await this.awake();
    return this.running().watcher.ask(step, signal);
  }

  /** The sandbox, for somebody who uses it now; a frozen one wakes. Errors as {@link running}, and `LAB_SANDBOX_LOST`. */
  async awake(): Promise<Sandbox> {
    this.activity.use();
    await this.running().freezer.awake();
    const { sandbox } = this.running();
    return sandbox;
  }

  /**
   * Stops or starts a worker; a frozen sandbox wakes for it. Resolves with whether that changed anything. Errors as {@link running}, and those of `Power`.
   */
  async setPower(node: string, to: 'stop' | 'start', signal: AbortSignal): Promise<boolean> {
    this.activity.use();
    const { freezer } = this.running();
    return freezer.whileAwake(async () => {
      const power = this.sandbox?.power;
      if (power === undefined) throw new LabError('LAB_SESSION_NOT_READY', 'It has no nodes yet.');
      return power[to](node, signal);
    });
  }

  /** Makes this session answer the command `lab` of its workstation. */
  handleLabCommands(labCommands: LabCommandHandler): void {
    labCommands.power = async (node, to, signal) => this.setPower(node, to, signal);
    labCommands.check = async (step, signal) => {
      if (step === undefined) return this.#askFirstIncomplete(signal);
      return { step, checks: await this.ask(step, signal) };
    };
  }

  async #askFirstIncomplete(signal: AbortSignal): Promise<LabCheckAnswer> {
    const isPassed = ({ outcome }: CheckResult): boolean => outcome === 'pass';
    for (const { id } of this.lab.steps) {
      if (this.results().every((result) => result.step !== id || isPassed(result))) continue;
      const checks = await this.ask(id, signal);
      if (!checks.every(isPassed)) return { step: id, checks };
    }
    return { checks: [] };
  }

  /** Moves on, and tells. What is stopping does not start again, and what has ended stays as it is. */
  setState(state: SessionState, end?: { reason: EndReason; error?: LabError }): void {
    if (this.hasEnded || (this.#state === 'stopping' && state !== 'gone')) return;
    this.#state = state;
    if (end !== undefined) {
      this.#end = {
        reason: end.reason,
        ...(end.error === undefined ? {} : { error: end.error.toBody().error }),
      };
    }
    this.events.emit('change');
  }

  /** Notes the beginning or the end of a stage. Returns its seconds at the end. */
  setStage(id: SessionStage['id'], edge: 'start' | 'done' | 'failed'): number {
    const stage = this.#stages.get(id);
    if (stage === undefined) return 0;
    if (edge === 'start') {
      stage.state = 'running';
      stage.startedAt = performance.now();
    } else {
      stage.state = edge;
      stage.seconds = secondsSince(stage.startedAt);
    }
    this.events.emit('change');
    return stage.seconds;
  }

  /** For a sandbox that was there before its session. */
  skipStages(): void {
    for (const [id, stage] of this.#stages) if (id !== 'steps') stage.state = 'done';
  }

  /** The stages that were running when the start failed. */
  failRunningStages(): void {
    for (const [id, stage] of this.#stages) {
      if (stage.state === 'running') this.setStage(id, 'failed');
    }
  }

  /** What a session that is ready is made of. One that is frozen wakes as it is used. Errors: `LAB_SESSION_NOT_READY`, `LAB_SESSION_ENDED`. */
  running(): { sandbox: Sandbox; freezer: IdleFreezer; watcher: LabWatcher } {
    if (this.ending.signal.aborted) {
      throw new LabError('LAB_SESSION_ENDED', `Session ${this.id} is ${this.#state}.`);
    }
    const { sandbox, freezer, watcher } = this;
    if (sandbox === undefined || freezer === undefined || watcher === undefined) {
      throw new LabError('LAB_SESSION_NOT_READY', `Session ${this.id} is ${this.#state}.`);
    }
    return { sandbox, freezer, watcher };
  }

  /** The results of all checks; none before the session is ready. */
  results(): CheckResult[] {
    return this.watcher?.results() ?? [];
  }

  /** The live picture; empty before the session is ready. */
  objects(): ClusterObject[] {
    return this.watcher?.objects() ?? [];
  }

  /** As the API tells it; a copy. */
  toJson(): Session {
    return {
      id: this.id,
      lab: this.lab.id,
      state: this.#state,
      stages: [...this.#stages].map(([id, stage]) => ({
        id,
        state: stage.state,
        seconds: stage.state === 'running' ? secondsSince(stage.startedAt) : stage.seconds,
        ...(stage.expectedSeconds === undefined ? {} : { expectedSeconds: stage.expectedSeconds }),
      })),
      createdAt: this.createdAt.toISOString(),
      expiresAt: this.expiresAt.toISOString(),
      secondsLeft: this.hasEnded ? 0 : this.msLeft / 1000,
      ...(this.#end === undefined ? {} : { end: this.#end }),
    };
  }
}

function secondsSince(start: number | undefined): number {
  return start === undefined ? 0 : Math.round((performance.now() - start) / 100) / 10;
}
