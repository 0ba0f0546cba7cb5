import type { PreparationStatus } from '../../src/protocol/status.ts';
import type { SandboxProvider } from '../provider.ts';

/**
 * The work between "the site is served" and "sessions can start": finding or installing an engine, building images.
 * Resumable: what an earlier run finished is found again.
 */
export interface Preparation {
  /** The state now; a copy. */
  status(): PreparationStatus;
  /** Called at each change. Returns a function that ends the subscription. */
  onChange(listener: (status: PreparationStatus) => void): () => void;
  /**
   * Settles with the provider when ready. Images of some labs may still be made then; the status tells, as `growth`. Rejects with a `LabError` when only a new start can help. Stays pending while the sandbox is unavailable for
   * want of an engine: one that appears is used.
   */
  readonly provider: Promise<SandboxProvider>;
  /** Resolves when nothing of it goes on any longer: after its signal, once all that it had begun is undone. */
  settled(): Promise<void>;
}
