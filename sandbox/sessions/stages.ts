import type { SessionStage } from '../../src/protocol/session.ts';

type StageId = SessionStage['id'];

/** The stages of every start; `steps` follows only when a session starts at a later step. */
const START_STAGES: readonly StageId[] = [
  'network',
  'nodes',
  'control-plane',
  'workers',
  'workstation',
];

interface StageTime {
  state: SessionStage['state'];
  /** By the steady clock, in milliseconds. */
  startedAt?: number;
  seconds: number;
  expectedSeconds: number | undefined;
}

export interface StagesOptions {
  hasSteps: boolean;
  expectedSeconds: (stage: StageId) => number | undefined;
}

/** The stages of a session's start, and how long each takes. */
export class Stages {
  readonly #times: Map<StageId, StageTime>;

  constructor({ hasSteps, expectedSeconds }: StagesOptions) {
    const ids = hasSteps ? [...START_STAGES, 'steps' as const] : START_STAGES;
    this.#times = new Map(
      ids.map((id) => [id, { state: 'waiting', seconds: 0, expectedSeconds: expectedSeconds(id) }]),
    );
  }

  /** Notes an edge of a stage. Returns how many seconds the stage took; 0 at its start. */
  set(id: StageId, edge: 'start' | 'done' | 'failed'): number {
    const time = this.#times.get(id);
    if (time === undefined) return 0;
    if (edge === 'start') {
      time.state = 'running';
      time.startedAt = performance.now();
    } else {
      time.state = edge;
      time.seconds = secondsSince(time.startedAt);
    }
    return time.seconds;
  }

  /** Marks all stages of the start as done: the sandbox was there before its session. */
  skipStart(): void {
    for (const [id, time] of this.#times) if (id !== 'steps') time.state = 'done';
  }

  failRunning(): void {
    for (const [id, { state }] of this.#times) if (state === 'running') this.set(id, 'failed');
  }

  toJson(): SessionStage[] {
    return [...this.#times].map(([id, { state, startedAt, seconds, expectedSeconds }]) => ({
      id,
      state,
      seconds: state === 'running' ? secondsSince(startedAt) : seconds,
      ...(expectedSeconds === undefined ? {} : { expectedSeconds }),
    }));
  }
}

function secondsSince(start: number | undefined): number {
  return start === undefined ? 0 : Math.round((performance.now() - start) / 100) / 10;
}
