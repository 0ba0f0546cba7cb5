import { duration } from '../../i18n/fill.ts';

const SOON_SECONDS = 5 * 60;

/** How long is left until `expiresAt`, in words, and whether that is little. */
export function timeLeft(
  expiresAt: string,
  now: number,
  locale: string,
): { time: string; soon: boolean } {
  const seconds = Math.max(0, (Date.parse(expiresAt) - now) / 1000);
  return { time: duration(seconds, locale), soon: seconds < SOON_SECONDS };
}
