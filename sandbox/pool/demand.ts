/** How long a lease counts as demand. */
const DEMAND_MS = 10 * 60 * 1000;
/** This many leases within that time justify one member. */
const LEASES_PER_MEMBER = 3;

/**
 * Recent demand for sandboxes, by their number of workers: to a learner, two new clusters differ in
 * nothing else.
 */
export class Demand {
  readonly #leases: { at: number; workers: number }[] = [];

  note(workers: number): void {
    this.#leases.push({ at: performance.now(), workers });
  }

  /** The numbers of workers that were requested lately, the latest last. */
  recent(): number[] {
    return [...new Set(this.#recentLeases().reverse())].reverse();
  }

  /** How many members the recent leases justify. */
  wanted(workers: number): number {
    const leases = this.#recentLeases().filter((each) => each === workers);
    return Math.ceil(leases.length / LEASES_PER_MEMBER);
  }

  #recentLeases(): number[] {
    const since = performance.now() - DEMAND_MS;
    while ((this.#leases[0]?.at ?? Infinity) < since) this.#leases.shift();
    return this.#leases.map(({ workers }) => workers);
  }
}
