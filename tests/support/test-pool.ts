import { vi } from 'vitest';
import { Pool, type PoolOptions } from '../../sandbox/pool/pool.ts';
import { FakeProvider } from '../../tools/support/fake-provider.ts';
import { quiet } from '../../tools/support/quiet.ts';

/** A pool on a {@link FakeProvider}, with limits that a test can change. Needs fake timers. */
export class TestPool {
  readonly provider = new FakeProvider();
  sandboxesThatFit = 10;
  placesLeft = 10;
  isBusy = false;
  pool!: Pool;
  #ids = 0;

  /** Opens the pool and starts its first member. The members have the ids member1, member2 … */
  open(options: Partial<PoolOptions> = {}): Pool {
    this.pool = new Pool({
      provider: this.provider,
      log: quiet,
      limits: {
        sandboxesThatFit: () => this.sandboxesThatFit,
        placesLeft: () => this.placesLeft,
        isBusy: () => this.isBusy,
      },
      min: 1,
      max: 3,
      sessionSeconds: 3600,
      newId: () => `member${++this.#ids}`,
      ...options,
    });
    this.pool.fill();
    return this.pool;
  }

  /** Lets this many milliseconds pass, and what is due then end. */
  async pass(ms = 1): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }
}
