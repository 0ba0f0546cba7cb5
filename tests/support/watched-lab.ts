import { expect, vi } from 'vitest';
import { type LabWatcher, watchLab } from '../../sandbox/checks/lab-watcher.ts';
import { createLog } from '../../sandbox/telemetry/log.ts';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterChange } from '../../src/protocol/events.ts';
import { type Check, labSchema } from '../../src/protocol/lab.ts';
import { FakeApiServer } from './fake-api-server.ts';
import type { FakeObject } from './fake-object-store.ts';

/** Long enough for a busy machine; on an idle one everything is much faster. */
export const PATIENCE = { timeout: 10_000, interval: 10 };

/** A check that passes when the pod `hello` runs on a worker. */
export const hello = {
  resource: { kind: 'Pod', name: 'hello' },
  expect: 'object.status.phase == "Running" && object.spec.nodeName.startsWith("worker")',
};

/** A watcher of a fake cluster with the node `worker`, and all that it reports. */
export class WatchedLab implements AsyncDisposable {
  readonly server: FakeApiServer;
  /** What the watcher reported, in order. */
  results: CheckResult[] = [];
  changes: ClusterChange[] = [];
  #watcher: LabWatcher | undefined;

  private constructor(server: FakeApiServer) {
    this.server = server;
  }

  static async start(): Promise<WatchedLab> {
    const server = await new FakeApiServer().start();
    const conditions = [{ type: 'Ready', status: 'True' }];
    server.put('Node', { metadata: { name: 'worker' }, status: { conditions } });
    return new WatchedLab(server);
  }

  get watcher(): LabWatcher {
    if (this.#watcher === undefined) throw new Error('nothing is watched yet');
    return this.#watcher;
  }

  /** Watches a lab whose only step, `one`, has these checks. */
  watch(checks: Record<string, unknown>): void {
    const steps = [{ id: 'one', checks: checks as Record<string, Check>, wrong: [], solution: [] }];
    this.#watcher = watchLab({
      cluster: { kubeConfig: this.server.kubeConfig() },
      lab: labSchema.parse({ id: 'unit/lesson', profile: {}, steps }),
      log: createLog('silent'),
      onCheck: (result) => this.results.push(result),
      onCluster: (change) => this.changes.push(change),
    });
  }

  async until(check: string, outcome: CheckResult['outcome']): Promise<CheckResult> {
    return vi.waitFor(() => {
      const result = this.#resultOf(check);
      expect(result).toMatchObject({ outcome });
      return result;
    }, PATIENCE);
  }

  async untilEvidence(check: string, text: string): Promise<CheckResult> {
    return vi.waitFor(() => {
      const result = this.#resultOf(check);
      expect(JSON.stringify(result.evidence ?? {})).toContain(text);
      return result;
    }, PATIENCE);
  }

  async untilWatches(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.server.watches).toBe(count), PATIENCE);
  }

  async untilChanges(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.changes).toHaveLength(count), PATIENCE);
  }

  /** How many times the server got a request, for example `LIST /api/v1/pods`. */
  requestCount(request: string): number {
    return this.server.requests.filter((each) => each === request).length;
  }

  #resultOf(check: string): CheckResult {
    return this.watcher.results().find((each) => each.check === check)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watcher?.[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

export function pod(name: string, phase = 'Running', metadata: object = {}): FakeObject {
  const ready = phase === 'Running' ? 'True' : 'False';
  return {
    metadata: { name, ...metadata },
    spec: { nodeName: 'worker' },
    status: { phase, conditions: [{ type: 'Ready', status: ready }] },
  };
}
