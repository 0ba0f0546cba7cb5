import type { Note, PreparationStage, PreparationStatus } from '../../src/protocol/status.ts';
import type { LabError } from '../errors.ts';

interface Stage {
  id: string;
  title: string;
  /** Estimated beforehand. */
  expectedSeconds: number;
  /** Stands for stages that are not known yet; until then nobody can say how long it will take. */
  isStandIn?: boolean;
  state: PreparationStage['state'];
  startedAt?: number;
  seconds: number;
}

export type PlannedStage = Pick<Stage, 'id' | 'title' | 'expectedSeconds' | 'isStandIn'>;

/** A running stage that takes longer than expected stays below done. */
const ALMOST = 0.95;

type Phase =
  { state: 'preparing' } | { state: 'ready' } | { state: 'unavailable'; problem: LabError };

/** The stages of a preparation: which there are, how far they are, and how long it will still take. */
export class Stages {
  readonly #stages: Stage[] = [];
  readonly #listeners = new Set<(status: PreparationStatus) => void>();
  readonly #now: () => number;
  #phase: Phase = { state: 'preparing' };
  #message = 'Getting ready.';
  #highest = 0;
  #notes: readonly Note[] = [];

  /** `now` is in milliseconds; replaced in tests. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Replaces all stages; progress begins again. */
  plan(stages: readonly PlannedStage[]): void {
    this.#stages.length = 0;
    this.#stages.push(...stages.map((stage) => newStage(stage)));
    this.#phase = { state: 'preparing' };
    this.#highest = 0;
    this.#changed();
  }

  /** Puts stages in the place of one that stood for them. */
  replace(id: string, stages: readonly PlannedStage[]): void {
    const at = this.#stages.findIndex((stage) => stage.id === id);
    this.#stages.splice(at, 1, ...stages.map((stage) => newStage(stage)));
    this.#changed();
  }

  /** A better estimate of a stage that has not begun. */
  expect(id: string, seconds: number): void {
    this.#find(id).expectedSeconds = seconds;
  }

  /** Says in one sentence what is being done. */
  say(message: string): void {
    this.#message = message;
    this.#changed();
  }

  /** Says what the machine has too little of; replaces what was said of it before. */
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
    const seconds = this.#secondsOf(stage);
    Object.assign(stage, { seconds, expectedSeconds: seconds, state: 'done' });
    this.#changed();
    return seconds;
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
    const remainingSeconds = this.#remainingSeconds(this.#stages);
    return {
      state: this.#phase.state,
      ...(current === undefined ? {} : { stage: current.id }),
      progress: this.#phase.state === 'ready' ? 1 : this.#progress(),
      message: this.#message,
      ...(this.#phase.state === 'unavailable'
        ? { hint: this.#phase.problem.hint, code: this.#phase.problem.code }
        : {}),
      ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
      stages: this.#stages.map((stage) => ({
        id: stage.id,
        title: stage.title,
        state: stage.state,
        progress: this.#progressOf(stage),
        seconds: this.#secondsOf(stage),
      })),
      notes: [...this.#notes],
    };
  }

  /** How far some of the stages are, and how long it takes until they are done, while known. */
  part(ids: ReadonlySet<string>): { progress: number; remainingSeconds?: number } {
    const stages = this.#stages.filter(({ id }) => ids.has(id));
    const remainingSeconds = this.#remainingSeconds(stages);
    return {
      progress: this.#progressOver(stages),
      ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
    };
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

  #progressOf(stage: Stage): number {
    if (stage.state === 'done') return 1;
    if (stage.state !== 'running') return 0;
    return Math.min(ALMOST, this.#secondsOf(stage) / stage.expectedSeconds);
  }

  #progress(): number {
    // New estimates never move the bar back.
    this.#highest = Math.max(this.#highest, this.#progressOver(this.#stages));
    return this.#highest;
  }

  #progressOver(stages: readonly Stage[]): number {
    const whole = sum(stages.map((stage) => stage.expectedSeconds));
    const done = sum(stages.map((s) => s.expectedSeconds * this.#progressOf(s)));
    return whole === 0 ? 0 : done / whole;
  }

  #remainingSeconds(stages: readonly Stage[]): number | undefined {
    const isUnknown = stages.length === 0 || stages.some(({ isStandIn }) => isStandIn);
    if (this.#phase.state !== 'preparing' || isUnknown) return undefined;
    return Math.ceil(sum(stages.map((s) => s.expectedSeconds * (1 - this.#progressOf(s)))));
  }
}

function newStage(stage: PlannedStage): Stage {
  return { ...stage, state: 'waiting', seconds: 0 };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
