import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import type { Check, Lab } from '../../src/protocol/lab.ts';
import type { ClusterAccess } from '../kube/cluster-access.ts';
import { LabError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import { answer, type Answer } from './answer.ts';
import { ClusterView } from './cluster-view.ts';
import { createExpectation, type Expectation } from './expectation.ts';
import { describeTrouble, type Mirror } from '../kube/mirror.ts';

/** Changes come in bursts: what happens within this time is one change. */
const SETTLE_MS = 100;

export interface LabWatcherOptions {
  cluster: ClusterAccess;
  lab: Lab;
  /** What an earlier watcher of this lab knew: it stands until there is a new answer. */
  known?: readonly CheckResult[];
  log: Log;
  /** Called at each change of a check's outcome, problem or evidence. */
  onCheck: (result: CheckResult) => void;
  /** Called with all that is drawn once that is known, then with each change of it. */
  onCluster: (change: ClusterChange) => void;
}

/** Answers a lab's checks as the cluster changes, and keeps the live picture. Once disposed, it calls nobody and holds no connection. */
export interface LabWatcher extends AsyncDisposable {
  /** All checks of the lab in order; `pending` until first asked. */
  results(): CheckResult[];
  /** The picture now: nodes, and the pods outside the cluster's own namespaces. */
  objects(): ClusterObject[];
  /**
   * Asks the step's checks again, from a fresh list. Cluster trouble gives results that are `error`.
   *
   * Errors: `LAB_STEP_UNKNOWN`, `LAB_SESSION_ENDED` once disposed; rejects with the signal's reason when aborted.
   */
  ask(step: string, signal: AbortSignal): Promise<CheckResult[]>;
}

interface WatchedCheck {
  check: Check;
  expectation: Expectation;
  mirror: Mirror;
  result: CheckResult;
  /** A question that is under way; those who ask meanwhile share its answer. */
  asking?: Promise<void> | undefined;
}

/** Starts to watch. Never throws for trouble of the cluster: it goes on trying. The caller disposes the result. */
export function watchLab(options: LabWatcherOptions): LabWatcher {
  return new Watcher(options);
}

class Watcher implements LabWatcher {
  readonly #options: LabWatcherOptions;
  readonly #life = new AbortController();
  readonly #view: ClusterView;
  readonly #checks: WatchedCheck[];
  readonly #changed = new Set<Mirror>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LabWatcherOptions) {
    const { cluster, lab, known = [], log, onCluster } = options;
    this.#options = options;
    this.#view = new ClusterView({
      kubeConfig: cluster.kubeConfig,
      log: log.child({ lab: lab.id }),
      onPicture: onCluster,
      onChange: (mirror) => this.#schedule(mirror),
    });
    const since = new Date().toISOString();
    this.#checks = lab.steps.flatMap((step) =>
      Object.entries(step.checks).map(([id, check]) => ({
        check,
        expectation: createExpectation(check.expect),
        mirror: this.#view.mirrorOf(check.resource),
        result: known.find((each) => each.step === step.id && each.check === id) ?? {
          step: step.id,
          check: id,
          outcome: 'pending' as const,
          since,
        },
      })),
    );
    this.#view.start();
  }

  results(): CheckResult[] {
    return this.#checks.map(({ result }) => result);
  }

  objects(): ClusterObject[] {
    return this.#view.picture();
  }

  async ask(step: string, signal: AbortSignal): Promise<CheckResult[]> {
    const { lab } = this.#options;
    if (!lab.steps.some(({ id }) => id === step)) {
      throw new LabError('LAB_STEP_UNKNOWN', `Lab ${lab.id} has no step "${step.slice(0, 80)}".`);
    }
    const checks = this.#checks.filter(({ result }) => result.step === step);
    const asked = Promise.all(
      checks.map((each) => {
        each.asking ??= this.#ask(each).finally(() => (each.asking = undefined));
        return each.asking;
      }),
    );
    await unlessAborted(asked, signal);
    if (this.#life.signal.aborted) {
      throw new LabError('LAB_SESSION_ENDED', 'The session ended while its checks were asked.');
    }
    return checks.map(({ result }) => result);
  }

  async #ask(watched: WatchedCheck): Promise<void> {
    try {
      const sight = await this.#view.look(watched.check.resource, this.#life.signal);
      this.#settle(watched, answer(watched.check, watched.expectation, sight));
    } catch (error) {
      const problem = describeTrouble(error instanceof Error ? error.message : String(error));
      this.#settle(watched, { outcome: 'error', problem });
      // The watch may well be alive: then its answer is the next.
      this.#schedule(watched.mirror);
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
        if (this.#isTouched(watched, changed)) this.#tell(watched);
    }, SETTLE_MS);
  }

  #isTouched({ mirror, result, check }: WatchedCheck, changed: Set<Mirror>): boolean {
    if (changed.has(mirror)) return true;
    if (result.outcome !== 'fail' || check.explain !== 'events') return false;
    return changed.has(this.#view.pods) || changed.has(this.#view.events);
  }

  /** Answers from what the mirrors have. */
  #tell(watched: WatchedCheck): void {
    const { check, expectation, mirror } = watched;
    const { state } = mirror;
    if (state.state === 'syncing') return;
    if (state.state === 'broken') {
      this.#settle(watched, { outcome: 'error', problem: state.problem });
    } else {
      this.#settle(watched, answer(check, expectation, this.#view.sightOf(mirror)));
    }
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
    await this.#view[Symbol.asyncDispose]();
  }
}

/** What `promise` gives, or the signal's reason as soon as it is aborted. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
