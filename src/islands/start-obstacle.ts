import { duration, fill } from '../i18n/fill.ts';
import type { Strings } from '../i18n/dictionary.ts';
import type { Growth } from '../protocol/status.ts';
import type { Availability } from './availability.ts';

/** Why no session that needs these images can be started now, for people; `undefined` when one can. */
export function startObstacle(
  availability: Availability,
  texts: Strings['session'],
  { locale, images }: { locale: string; images: readonly string[] },
): string | undefined {
  if (availability.kind === 'reading') return texts.reading;
  if (availability.kind === 'lost') return texts.unreachable;
  if (availability.kind === 'unknown') return undefined;
  const { state, message, hint, remainingSeconds, growth } = availability.status.sandbox;
  if (state === 'ready') {
    const isConcerned = growth?.images.some((image) => images.includes(image)) === true;
    return isConcerned ? growthObstacle(growth, texts, locale) : undefined;
  }
  if (state === 'unavailable') return [texts.unavailable, message, hint].filter(Boolean).join(' ');
  return remainingSeconds === undefined
    ? texts.preparing
    : fill(texts.preparingFor, { time: duration(remainingSeconds, locale) });
}

function growthObstacle(growth: Growth, texts: Strings['session'], locale: string): string {
  const { state, message, hint, progress, remainingSeconds } = growth;
  if (state === 'failed') return [texts.imagesFailed, message, hint].filter(Boolean).join(' ');
  const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(progress);
  return remainingSeconds === undefined
    ? fill(texts.images, { percent })
    : fill(texts.imagesFor, { percent, time: duration(remainingSeconds, locale) });
}
