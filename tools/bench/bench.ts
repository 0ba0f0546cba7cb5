import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import type { SandboxImages } from '../../sandbox/provider.ts';
import { ServerProcess } from '../support/server-process.ts';

/** What every benchmark is given. */
export interface Bench {
  engine: Engine;
  images: SandboxImages;
  /** The lab of the sessions that are started. */
  lab: string;
  /** Aborted by Ctrl-C: whatever was started is removed then. */
  signal: AbortSignal;
  /** Tells what could not be measured, where the rest can. */
  fail: (what: string, error: unknown) => void;
}

export interface UntilOptions {
  /** What is waited for, for people. */
  what: string;
  ms: number;
  everyMs?: number;
  signal: AbortSignal;
}

/** Whoever does not answer by then is asked again. */
const ASK_MS = 10_000;

/** Asks until the answer is yes; an error counts as no. Rejects after `ms`, or with the signal's reason. */
export async function until(ask: () => Promise<boolean>, options: UntilOptions): Promise<void> {
  const { what, ms, everyMs = 250, signal } = options;
  const deadline = performance.now() + ms;
  for (;;) {
    let problem: unknown;
    signal.throwIfAborted();
    try {
      if (await Promise.race([ask(), delay(ASK_MS, false, { signal, ref: false })])) return;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${ms / 1000} s: ${what}`, { cause: problem });
    }
    await delay(everyMs, undefined, { signal });
  }
}

/** A server of the benchmark's own, on which sessions can start. The caller disposes it; an abort ends it at once. */
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

/** Resolves when `count` sandboxes are ready for whoever comes, and asleep. */
export async function untilWarm(
  server: ServerProcess,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const enough = async (): Promise<boolean> => (await server.status()).sessions.warm >= count;
  const what = `so many sandboxes kept ready: ${count}`;
  try {
    await until(enough, { what, ms: count * 60_000, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`the pool does not fill. The server's log ends:\n${server.logEnd}`, { cause });
  }
  await delay(ASLEEP_MS, undefined, { signal });
}

/** A sandbox that has just been made is frozen after five seconds. */
const ASLEEP_MS = 8_000;

/** Seconds of CPU that the containers found by these filters of the engine have taken since they began. */
export async function cpuOf(
  engine: Engine,
  filters: { label?: string[]; name?: string[] },
): Promise<number> {
  const containers = await engine.containers.list(filters);
  const running = containers.filter(({ isRunning }) => isRunning);
  const usages = await Promise.all(running.map(async ({ id }) => engine.containers.usage(id)));
  return usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}
