import { unlessAborted } from '../../src/async.ts';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import type { Check, Lab } from '../../src/protocol/lab.ts';
import { LabError } from '../errors.ts';
import type { ClusterAccess } from '../kube/cluster-access.ts';
import { ClusterMirrors, type KindObjects } from '../kube/cluster-mirrors.ts';
import { describeTrouble, type Mirror } from '../kube/mirror.ts';
import { LivePicture } from '../picture/live-picture.ts';
import type { Log } from '../telemetry/log.ts';
import { answer, type Answer, type ClusterState } from './answer.ts';
import { createExpectation, type Expectation } from './expectation.ts';

/** Changes come in bursts; those within this time count as one. */
const SETTLE_MS = 100;

export interface LabWatcherOptions {
  cluster: ClusterAccess;
  lab: Lab;
  /** Results of an earlier watcher of this lab; each stands until there is a new answer. */
  known?: readonly CheckResult[];
  log: Log;
  /** Gets each change of a check's outcome, problem or evidence. */
  onCheck: (result: CheckResult) => void;
  /** Gets the whole picture once it is known, then each change. */
  onCluster: (change: ClusterChange) => void;
}

/**
 * Answers a lab's checks as the cluster changes, and keeps the live picture. After disposal it
 * calls no listener and holds no connection.
 */
export interface LabWatcher extends AsyncDisposable {
  /** All checks of the lab in order; `pending` until they are first answered. */
  results(): CheckResult[];
  /** The picture now: nodes, and the pods and Services outside the cluster's own namespaces. */
  objects(): ClusterObject[];
  /**
   * Answers the step's checks again, from a fresh list. A cluster in trouble gives results that are
   * `error`.
   *
   * Errors: `LAB_STEP_UNKNOWN`, `LAB_SESSION_ENDED` after disposal; rejects with the signal's
   * reason when aborted.
   */
  ask(step: string, signal: AbortSignal): Promise<CheckResult[]>;
}

interface WatchedCheck {
  check: Check;
  expectation: Expectation;
  mirror: Mirror;
  result: CheckResult;
  /** A question in progress; further callers share its answer. */
  asking?: Promise<void> | undefined;
}

/**
 * Starts watching. Never throws because of the cluster: the watcher keeps trying. The caller
 * disposes the result.
 */
export function watchLab(options: LabWatcherOptions): LabWatcher {
  return new Watcher(options);
}

class Watcher implements LabWatcher {
  readonly #options: LabWatcherOptions;
  readonly #life = new AbortController();
  readonly #mirrors: ClusterMirrors;
  readonly #picture: LivePicture;
  readonly #checks: WatchedCheck[];
  readonly #changed = new Set<Mirror>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LabWatcherOptions) {
    const { cluster, lab, known = [], log, onCluster } = options;
    this.#options = options;
    this.#mirrors = new ClusterMirrors({
      kubeConfig: cluster.kubeConfig,
      log: log.child({ lab: lab.id }),
      onChange: (mirror, object, isGone) => {
        this.#picture.update(mirror, object, isGone);
        this.#schedule(mirror);
      },
    });
    this.#picture = new LivePicture(this.#mirrors, onCluster);
    const since = new Date().toISOString();
    this.#checks = lab.steps.flatMap((step) =>
      Object.entries(step.checks).map(([id, check]) => ({
        check,
        expectation: createExpectation(check.expect),
        mirror: this.#mirrors.of(check.resource),
        result: known.find((each) => each.step === step.id && each.check === id) ?? {
          step: step.id,
          check: id,
          outcome: 'pending' as const,
          since,
        },
      })),
    );
    this.#mirrors.start();
  }

  results(): CheckResult[] {
    return this.#checks.map(({ result }) => result);
  }

  objects(): ClusterObject[] {
    return this.#picture.objects();
  }

  async ask(step: string, signal: AbortSignal): Promise<CheckResult[]> {
    const { lab } = this.#options;
    if (!lab.steps.some(({ id }) => id === step)) {
      throw new LabError('LAB_STEP_UNKNOWN', `Lab ${lab.id} has no step "${step.slice(0, 80)}".`);
    }
    const checks = this.#checks.filter(({ result }) => result.step === step);
    const answers = checks.map(async (each) => {
      each.asking ??= this.#ask(each).finally(() => (each.asking = undefined));
      return each.asking;
    });
    await unlessAborted(Promise.all(answers), signal);
    if (this.#life.signal.aborted) {
      throw new LabError('LAB_SESSION_ENDED', 'The session ended before its checks were answered.');
    }
    return checks.map(({ result }) => result);
  }

  async #ask(watched: WatchedCheck): Promise<void> {
    const { check, expectation, mirror } = watched;
    try {
      const objects = await this.#mirrors.fresh(check.resource, this.#life.signal);
      this.#settle(watched, answer(check, expectation, this.#stateWith(objects)));
    } catch (error) {
      const problem = describeTrouble(error instanceof Error ? error.message : String(error));
      this.#settle(watched, { outcome: 'error', problem });
      // The watch may still be alive; then it gives the next answer.
      this.#schedule(mirror);
    }
  }

  #schedule(mirror: Mirror): void {
    if (this.#life.signal.aborted) return;
    this.#changed.add(mirror);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changed = new Set(this.#changed);
      this.#changed.clear();
      for (const watched of this.#checks)
        if (this.#isAffected(watched, changed)) this.#answer(watched);
    }, SETTLE_MS);
  }

  #isAffected({ mirror, result, check }: WatchedCheck, changed: Set<Mirror>): boolean {
    if (changed.has(mirror)) return true;
    if (result.outcome !== 'fail' || check.explain !== 'events') return false;
    return changed.has(this.#picture.pods) || changed.has(this.#picture.events);
  }

  /** Answers from what the mirrors know. */
  #answer(watched: WatchedCheck): void {
    const { check, expectation, mirror } = watched;
    const { state } = mirror;
    if (state.state === 'syncing') return;
    if (state.state === 'broken') {
      this.#settle(watched, { outcome: 'error', problem: state.problem });
    } else {
      const objects = this.#mirrors.known(check.resource);
      this.#settle(watched, answer(check, expectation, this.#stateWith(objects)));
    }
  }

  #stateWith(objects: KindObjects): ClusterState {
    const { pods, events } = this.#picture;
    return { ...objects, pods: pods.objects(), events: events.objects() };
  }

  #settle(watched: WatchedCheck, given: Answer): void {
    if (this.#life.signal.aborted) return;
    const { step, check, outcome, since, ...before } = watched.result;
    const { outcome: now, ...rest } = given;
    const isSameOutcome = now === outcome;
    if (isSameOutcome && JSON.stringify(before) === JSON.stringify(rest)) return;
    const time = isSameOutcome ? since : new Date().toISOString();
    watched.result = { step, check, outcome: now, since: time, ...rest };
    this.#options.onCheck(watched.result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the session ended'));
    clearTimeout(this.#timer);
    await this.#mirrors[Symbol.asyncDispose]();
  }
}
