import { duration } from '../../i18n/fill.ts';

const SOON_SECONDS = 5 * 60;

/** The time left in words, and whether it is short. */
export function timeLeft(seconds: number, locale: string): { time: string; soon: boolean } {
  return { time: duration(seconds, locale), soon: seconds < SOON_SECONDS };
}
