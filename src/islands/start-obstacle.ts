import { duration, fill } from '../i18n/fill.ts';
import type { Strings } from '../i18n/en.ts';
import type { Availability } from './availability.ts';

/** Why no session can be started now, for people; `undefined` when one can. */
export function startObstacle(
  availability: Availability,
  texts: Strings['session'],
  locale: string,
): string | undefined {
  if (availability.kind === 'reading') return texts.reading;
  if (availability.kind === 'lost') return texts.unreachable;
  if (availability.kind === 'unknown') return undefined;
  const { state, message, hint, remainingSeconds } = availability.status.sandbox;
  if (state === 'ready') return undefined;
  if (state === 'unavailable') return [texts.unavailable, message, hint].filter(Boolean).join(' ');
  return remainingSeconds === undefined
    ? texts.preparing
    : fill(texts.preparingFor, { time: duration(remainingSeconds, locale) });
}
