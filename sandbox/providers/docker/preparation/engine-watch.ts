import { delay } from '../../../../src/async.ts';
import { LabError, toLabError } from '../../../errors.ts';
import type { SandboxProvider } from '../../../provider.ts';

const LOOK_MS = 12_000;
/** A busy engine may miss one ping. */
const CONFIRM_MS = 1_000;

export interface EngineWatchOptions {
  /** Rejects when the engine does not answer. */
  ping: (signal: AbortSignal) => Promise<void>;
  /** A build notices itself that the engine is gone, and slows pings down. */
  isBuilding: () => boolean;
  onLost: (problem: LabError) => void;
  onBack: () => void;
  signal: AbortSignal;
}

/** Notices that an engine stops answering, and that it answers again. Stops with its signal. */
export class EngineWatch {
  readonly #options: EngineWatchOptions;
  #isStarted = false;
  #isLost = false;
  #looking: Promise<void> | undefined;

  constructor(options: EngineWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { signal, isBuilding } = this.#options;
    this.#isStarted = true;
    const timer = setInterval(() => {
      if (this.#isLost || !isBuilding()) void this.look();
    }, LOOK_MS).unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    if (signal.aborted) clearInterval(timer);
  }

  /** Looks at once, from {@link start} on: for calls to the engine that fail. Never rejects. */
  async look(): Promise<void> {
    if (!this.#isStarted) return;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { onLost, onBack, signal } = this.#options;
    let problem = await this.#problem();
    if (problem !== undefined && !this.#isLost) {
      await delay(CONFIRM_MS, signal).catch(() => undefined);
      problem = await this.#problem();
    }
    if (signal.aborted || this.#isLost === (problem !== undefined)) return;
    this.#isLost = problem !== undefined;
    if (problem === undefined) onBack();
    else onLost(problem);
  }

  async #problem(): Promise<LabError | undefined> {
    const { ping, signal } = this.#options;
    try {
      await ping(signal);
      return undefined;
    } catch (error) {
      return toLabError(error, 'LAB_ENGINE_UNREACHABLE');
    }
  }
}

/** A provider that reports each call that fails because the engine does not answer. */
export function reportsUnreachable(
  provider: SandboxProvider,
  onUnreachable: () => void,
): SandboxProvider {
  const report = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof LabError && error.code === 'LAB_ENGINE_UNREACHABLE') onUnreachable();
      throw error;
    }
  };
  return {
    canFreeze: provider.canFreeze,
    images: () => provider.images(),
    start: async (request) => report(provider.start(request)),
    list: async (signal) => report(provider.list(signal)),
    sweep: async (isAlive, signal) => report(provider.sweep(isAlive, signal)),
  };
}
