import type { Change } from './changes.ts';

const LENGTH = 24;
/** The same to pods of one maker within this time is one thing that happened. */
const TOGETHER_MS = 4_000;
/** A reason that the cluster gives this long after a change belongs to it. */
const REASON_MS = 10_000;
/** The cluster repeats a warning for as long as it holds. */
const REPEATS_MS = 5 * 60_000;

/** A line of the list. */
export interface LogEntry extends Change {
  id: number;
  /** To whom it happened; more than one when told together. */
  names: Set<string>;
  nodes: Set<string>;
  abouts: Set<string>;
  /** When it last grew, as `Date.now()`. */
  at: number;
}

/** What changed last, newest first; it forgets what is too old to be read. */
export class ChangeLog {
  #entries: LogEntry[] = [];
  #next = 0;

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }

  add(change: Change, now: number): void {
    if (change.kind === 'said' && this.#explain(change, now)) return;
    const togetherMs = change.kind === 'said' ? REPEATS_MS : TOGETHER_MS;
    const known = this.#entries.find(({ key, at }) => key === change.key && now - at < togetherMs);
    // A warning that is repeated moves nothing: it is still the same.
    if (known === undefined) this.#push(change, now);
    else if (change.kind === 'said') known.why = change.why;
    else this.#join(known, change, now);
  }

  /** Gives the reason to the change that it explains. */
  #explain({ about, why, tone }: Change, now: number): boolean {
    const explained = this.#entries.find(
      (each) => each.kind !== 'said' && each.abouts.has(about) && now - each.at < REASON_MS,
    );
    if (explained === undefined || tone !== 'bad') return false;
    // What the object itself says of it, the event repeats with its reason before it.
    if (explained.why === undefined || why?.includes(explained.why) === true) explained.why = why;
    else if (explained.why !== why) return false;
    return true;
  }

  #join(known: LogEntry, { name, node, about, why }: Change, now: number): void {
    known.names.add(name);
    known.abouts.add(about);
    if (node !== undefined) known.nodes.add(node);
    known.why = why ?? known.why;
    known.at = now;
    this.#entries = [known, ...this.#entries.filter((each) => each !== known)];
  }

  #push(change: Change, now: number): void {
    const entry: LogEntry = {
      ...change,
      id: this.#next++,
      names: new Set([change.name]),
      nodes: new Set(change.node === undefined ? [] : [change.node]),
      abouts: new Set([change.about]),
      at: now,
    };
    this.#entries = [entry, ...this.#entries].slice(0, LENGTH);
  }
}
