/** A lease counts as demand for so long. */
const DEMAND_MS = 10 * 60 * 1000;
/** So many leases within that time ask for one member more. */
const LEASES_PER_MEMBER = 3;

/** What is asked of the pool lately, by the number of workers: what makes two clusters the same to a learner who has not touched them. */
export class Demand {
  readonly #leases: { at: number; workers: number }[] = [];

  note(workers: number): void {
    this.#leases.push({ at: performance.now(), workers });
  }

  /** The numbers of workers that were asked for, those asked for last at the end. */
  recent(): number[] {
    return [...new Set(this.#lately().reverse())].reverse();
  }

  /** How many members those who came lately ask for. */
  wanted(workers: number): number {
    const asked = this.#lately().filter((each) => each === workers);
    return Math.ceil(asked.length / LEASES_PER_MEMBER);
  }

  #lately(): number[] {
    const since = performance.now() - DEMAND_MS;
    while ((this.#leases[0]?.at ?? Infinity) < since) this.#leases.shift();
    return this.#leases.map(({ workers }) => workers);
  }
}
