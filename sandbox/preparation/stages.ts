import type { Note, PreparationStage, PreparationStatus } from '../../src/protocol/status.ts';
import type { LabError } from '../errors.ts';
import { estimateSeconds, type Pace, referencePace, type WorkKind } from './estimate.ts';

interface Stage {
  id: string;
  title: string;
  /** With `work`, on the reference machine; without it, on this one. */
  expectedSeconds: number;
  /** Scales the stage by the pace of this machine. */
  work?: WorkKind;
  /** Stands for stages that are not known yet. Until then the remaining time is unknown. */
  isStandIn?: boolean;
  state: PreparationStage['state'];
  startedAt?: number;
  /** Taken so far, once the stage is over. */
  seconds: number;
}

export type PlannedStage = Omit<Stage, 'state' | 'startedAt' | 'seconds'>;

type Phase =
  { state: 'preparing' } | { state: 'ready' } | { state: 'unavailable'; problem: LabError };

/** The stages of a preparation: which there are, how far they are, and how long they will take. */
export class Stages {
  readonly #stages: Stage[] = [];
  readonly #listeners = new Set<(status: PreparationStatus) => void>();
  readonly #now: () => number;
  #pace = referencePace;
  #phase: Phase = { state: 'preparing' };
  #message = 'Getting ready.';
  #highest = 0;
  #notes: readonly Note[] = [];

  /** `now` is in milliseconds; replaced in tests. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Replaces all stages; progress starts again at 0. */
  plan(stages: readonly PlannedStage[]): void {
    this.#stages.length = 0;
    this.#stages.push(...stages.map((stage) => newStage(stage)));
    this.#phase = { state: 'preparing' };
    this.#highest = 0;
    this.#changed();
  }

  /** Puts stages in the place of the one that stood for them. */
  replace(id: string, stages: readonly PlannedStage[]): void {
    const at = this.#stages.findIndex((stage) => stage.id === id);
    this.#stages.splice(at, 1, ...stages.map((stage) => newStage(stage)));
    this.#changed();
  }

  /** What is known of this machine's pace, beside the stages that are done. */
  usePace(pace: Pace): void {
    this.#pace = pace;
    this.#changed();
  }

  /** A better estimate of a stage that is not done, which is then no stand-in any more. */
  expect(id: string, seconds: number): void {
    Object.assign(this.#find(id), { expectedSeconds: seconds, isStandIn: false });
  }

  /** Says in one sentence what is being done. */
  say(message: string): void {
    this.#message = message;
    this.#changed();
  }

  /** Says what the machine has too little of. Replaces earlier notes. */
  note(notes: readonly Note[]): void {
    this.#notes = notes;
    this.#changed();
  }

  start(id: string, message: string): void {
    Object.assign(this.#find(id), { state: 'running', startedAt: this.#now() });
    this.say(message);
  }

  /** Returns the seconds that the stage took. */
  done(id: string): number {
    const stage = this.#find(id);
    Object.assign(stage, { seconds: this.#secondsOf(stage), state: 'done' });
    this.#changed();
    return stage.seconds;
  }

  ready(message: string): void {
    this.#phase = { state: 'ready' };
    this.say(message);
  }

  /** The running stage failed. */
  fail(problem: LabError): void {
    const stage = this.#running();
    if (stage !== undefined) {
      Object.assign(stage, { seconds: this.#secondsOf(stage), state: 'failed' });
    }
    this.#phase = { state: 'unavailable', problem };
    this.say(problem.message);
  }

  status(): PreparationStatus {
    const current = this.#running() ?? this.#stages.find(({ state }) => state === 'failed');
    const stages = this.#estimate();
    const whole = this.#summarize(stages);
    // New estimates never move the bar back.
    this.#highest = Math.max(this.#highest, whole.progress);
    return {
      state: this.#phase.state,
      ...(current === undefined ? {} : { stage: current.id }),
      ...whole,
      progress: this.#phase.state === 'ready' ? 1 : this.#highest,
      message: this.#message,
      ...(this.#phase.state === 'unavailable'
        ? { hint: this.#phase.problem.hint, code: this.#phase.problem.code }
        : {}),
      stages: stages.map((stage) => ({
        id: stage.id,
        title: stage.title,
        state: stage.state,
        progress: progressOf(stage),
        seconds: stage.seconds,
      })),
      notes: [...this.#notes],
    };
  }

  /** How far some of the stages are, and how many seconds they still take, while known. */
  part(ids: ReadonlySet<string>): { progress: number; remainingSeconds?: number } {
    return this.#summarize(this.#estimate().filter(({ id }) => ids.has(id)));
  }

  onChange(listener: (status: PreparationStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }

  #find(id: string): Stage {
    const stage = this.#stages.find((candidate) => candidate.id === id);
    if (stage === undefined) throw new Error(`no stage ${id} is planned`);
    return stage;
  }

  #running(): Stage | undefined {
    return this.#stages.find(({ state }) => state === 'running');
  }

  #secondsOf(stage: Stage): number {
    if (stage.state !== 'running' || stage.startedAt === undefined) return stage.seconds;
    return (this.#now() - stage.startedAt) / 1000;
  }

  #estimate(): Estimate[] {
    const now = this.#stages.map((stage) => ({ ...stage, seconds: this.#secondsOf(stage) }));
    const totals = estimateSeconds(now, this.#pace);
    return now.map((stage, index) => ({ ...stage, totalSeconds: totals[index] ?? 0 }));
  }

  #summarize(stages: readonly Estimate[]): { progress: number; remainingSeconds?: number } {
    const total = sum(stages.map(({ totalSeconds }) => totalSeconds));
    const passed = sum(stages.map(passedSeconds));
    const isUnknown = stages.length === 0 || stages.some(({ isStandIn }) => isStandIn);
    return {
      progress: total === 0 ? 0 : passed / total,
      ...(isUnknown || this.#phase.state !== 'preparing'
        ? {}
        : { remainingSeconds: Math.ceil(total - passed) }),
    };
  }
}

/** A stage as it is now, and how long it takes in all. */
interface Estimate extends Stage {
  totalSeconds: number;
}

function newStage(stage: PlannedStage): Stage {
  return { ...stage, state: 'waiting', seconds: 0 };
}

function passedSeconds({ state, seconds }: Estimate): number {
  return state === 'done' || state === 'running' ? seconds : 0;
}

function progressOf(stage: Estimate): number {
  return stage.state === 'done' ? 1 : passedSeconds(stage) / stage.totalSeconds;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
