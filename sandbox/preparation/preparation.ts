import type { PreparationStatus } from '../../src/protocol/status.ts';
import type { SandboxProvider } from '../provider.ts';

/**
 * The work between "the site is served" and "sessions can start": finding or installing an engine,
 * building images. Resumable: it finds what an earlier run finished.
 */
export interface Preparation {
  /** A copy of the current state. */
  status(): PreparationStatus;
  /** Calls `listener` at each change. Returns a function that ends the subscription. */
  onChange(listener: (status: PreparationStatus) => void): () => void;
  /**
   * Resolves with the provider when the sandbox is ready. Images of some labs may still be missing
   * then: see `growth` in the status. Rejects with a `LabError` when only a new start can help.
   * Stays pending while there is no engine, and uses one that appears.
   */
  readonly provider: Promise<SandboxProvider>;
  /** Resolves when all work has ended: after its signal, once everything it started is undone. */
  settled(): Promise<void>;
}
