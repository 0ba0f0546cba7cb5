import { delay } from '../../async.ts';
import { lessonRecordSchema, type LessonRecord } from '../../protocol/record.ts';
import { h } from '../dom.ts';
import { createScreen } from './screen.ts';
import { followTheme } from './theme.ts';

/** Recorded pauses are waits for the cluster, which a reader need not repeat. */
const LONGEST_PAUSE_S = 1.2;
const LINGER_MS = 2_500;
const MAX_ROWS = 20;
const TIMEOUT_MS = 20_000;

export interface ReplayPlace {
  lab: string;
  step: string;
  /** The block's index in the step's solution. */
  block: number;
}

const records = new Map<string, Promise<LessonRecord>>();

/**
 * Plays a block's recording in a terminal in place of `text`, at its own pace but without long
 * pauses. Calls `onEnd` when it ends or is disposed and `text` is back. Rejects when there is no
 * recording.
 */
export async function startReplay(
  { lab, step, block }: ReplayPlace,
  text: HTMLElement,
  onEnd: () => void,
): Promise<Disposable> {
  const record = await load(lab);
  const events = record.steps[step]?.[block]?.events ?? [];
  const screen = createScreen();
  const { terminal } = screen;
  const life = new AbortController();
  const place = h('div', { class: 'replay' });
  text.after(place);
  text.hidden = true;
  terminal.options.disableStdin = true;
  followTheme((theme) => (terminal.options.theme = theme), life.signal);
  terminal.open(place);
  const fitting = screen.fitting();
  const lines = events.reduce((sum, [, output]) => sum + output.split('\n').length - 1, 2);
  terminal.resize(fitting?.cols ?? record.columns, Math.min(record.rows, lines, MAX_ROWS));
  const end = (): void => {
    if (life.signal.aborted) return;
    life.abort();
    terminal.dispose();
    place.remove();
    text.hidden = false;
    onEnd();
  };
  void play(events, (output) => terminal.write(output), life.signal).then(end, end);
  return { [Symbol.dispose]: end };
}

async function play(
  events: readonly (readonly [number, string])[],
  write: (output: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let before = 0;
  for (const [at, output] of events) {
    await delay(Math.min(at - before, LONGEST_PAUSE_S) * 1000, signal);
    before = at;
    write(output);
  }
  await delay(LINGER_MS, signal);
}

async function load(lab: string): Promise<LessonRecord> {
  let record = records.get(lab);
  if (record === undefined) {
    record = fetch(`/records/${lab}.json`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
      async (response) => lessonRecordSchema.parse(await response.json()),
    );
    records.set(lab, record);
    record.catch(() => records.delete(lab));
  }
  return record;
}
