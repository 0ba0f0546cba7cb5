import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 2_000;
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Clears the rest of a line after drawing over it, which flickers less than clearing first. */
const CLEAR_RIGHT = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Redraws on an alternate screen until Ctrl-C, then resolves. Errors of `draw` are drawn, too. */
export async function watchScreen(draw: () => Promise<string[]>): Promise<void> {
  const { stdout } = process;
  const life = new AbortController();
  const end = (): void => life.abort();
  process.once('SIGINT', end).once('SIGTERM', end).once('SIGHUP', end);
  stdout.write(ENTER);
  try {
    while (!life.signal.aborted) {
      const lines = await draw().catch((error: unknown) => [String(error)]);
      stdout.write(frame(lines, stdout.rows));
      const resized = new AbortController();
      const wake = (): void => resized.abort();
      stdout.once('resize', wake);
      const signal = AbortSignal.any([life.signal, resized.signal]);
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      stdout.off('resize', wake);
    }
  } finally {
    stdout.write(LEAVE);
  }
}

/**
 * The bytes that draw lines over the previous ones. The last row shows whether lines are left out.
 */
export function frame(lines: readonly string[], rows: number): string {
  const fitting = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), '...'];
  return `\x1b[H${fitting.map((line) => line + CLEAR_RIGHT).join('\r\n')}${CLEAR_BELOW}`;
}
