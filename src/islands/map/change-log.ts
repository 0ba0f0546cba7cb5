import type { Change } from './changes.ts';

const LENGTH = 24;
/** The same change to pods of one owner within this time is one entry. */
const TOGETHER_MS = 4_000;
/** A reason that the cluster reports this soon after a change belongs to that change. */
const REASON_MS = 10_000;
/** The cluster repeats a warning as long as it holds. */
const REPEATS_MS = 5 * 60_000;

/** An entry of the list. */
export interface LogEntry extends Change {
  id: number;
  /** The objects that changed. */
  names: Set<string>;
  nodes: Set<string>;
  abouts: Set<string>;
  /** When it last changed, as `Date.now()`. */
  at: number;
}

/** What changed last, newest first. Forgets the oldest entries. */
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
    // A repeated warning is still the same, so it does not move.
    if (known === undefined) this.#push(change, now);
    else if (change.kind === 'said') known.why = change.why;
    else this.#join(known, change, now);
  }

  /** Adds the reason to the change that it explains. Returns whether there is one. */
  #explain({ about, why, tone }: Change, now: number): boolean {
    const explained = this.#entries.find(
      (each) => each.kind !== 'said' && each.abouts.has(about) && now - each.at < REASON_MS,
    );
    if (explained === undefined || tone !== 'bad') return false;
    // The event repeats the object's own message, with a reason before it.
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
