import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import type { SandboxImages } from '../../sandbox/provider.ts';
import { until } from '../../src/async.ts';
import { ServerProcess } from '../support/server-process.ts';

/** What every benchmark gets. */
export interface Bench {
  engine: Engine;
  images: SandboxImages;
  /** The lab of the sessions that benchmarks start. */
  lab: string;
  /** Aborted by Ctrl-C. The benchmark then removes everything it started. */
  signal: AbortSignal;
  /** Reports a measurement that failed when the others can continue. */
  fail: (what: string, error: unknown) => void;
}

/** Between two questions to a server. */
export const POLL_MS = 250;
/** A new sandbox is frozen after five seconds. */
const FREEZE_MS = 8_000;

/**
 * Starts a server for one benchmark and resolves when sessions can start. The caller disposes it;
 * an abort ends it at once.
 */
export async function startServer(
  { signal }: Pick<Bench, 'signal'>,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const server = new ServerProcess({ isDetached: true });
  const onAbort = (): void => void server.interrupt().catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await server.start(environment);
    return await server.ready();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Resolves when the pool has `count` members and they are frozen. */
export async function untilWarm(
  server: ServerProcess,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const isFull = async (): Promise<boolean> => (await server.status()).sessions.warm >= count;
  const what = `${count} sandboxes in the pool`;
  try {
    await until(isFull, { what, timeoutMs: count * 60_000, pollMs: POLL_MS, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`the pool does not fill up. The server's log ends with:\n${server.logEnd}`, {
      cause,
    });
  }
  await delay(FREEZE_MS, undefined, { signal });
}

/** Seconds of CPU that all containers matching these engine filters have used since their start. */
export async function cpuOf(
  engine: Engine,
  filters: { label?: string[]; name?: string[] },
): Promise<number> {
  const containers = await engine.containers.list(filters);
  const running = containers.filter(({ isRunning }) => isRunning);
  const usages = await Promise.all(running.map(async ({ id }) => engine.containers.usage(id)));
  return usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}
