/** Whether a session is in use, or at least viewed. */
export class Activity {
  #viewers = 0;
  #lastUse = performance.now();
  /** Called at each use. */
  onUse: () => void = () => undefined;

  get viewers(): number {
    return this.#viewers;
  }

  /** Milliseconds since the last use. */
  get idleMs(): number {
    return performance.now() - this.#lastUse;
  }

  use(): void {
    this.#lastUse = performance.now();
    this.onUse();
  }

  /** Adds a viewer until the result is disposed. Coming and going count as use. */
  view(): Disposable {
    this.#viewers += 1;
    this.use();
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#viewers -= 1;
        this.#lastUse = performance.now();
      },
    };
  }
}
