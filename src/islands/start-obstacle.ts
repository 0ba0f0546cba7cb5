import { duration, fill } from '../i18n/fill.ts';
import type { Strings } from '../i18n/dictionary.ts';
import { linkThatBrings } from '../protocol/growth.ts';
import type { Growth, GrowthLink } from '../protocol/status.ts';
import type { Availability } from './availability.ts';

/**
 * Why a session that needs these images cannot be started now, in words; `undefined` when it can.
 */
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
    const link = linkThatBrings(growth, images);
    if (growth === undefined || link === undefined) return undefined;
    return growthObstacle(growth, link, texts, locale);
  }
  if (state === 'unavailable') return [texts.unavailable, message, hint].filter(Boolean).join(' ');
  return remainingSeconds === undefined
    ? texts.preparing
    : fill(texts.preparingFor, { time: duration(remainingSeconds, locale) });
}

function growthObstacle(
  { state, message, hint }: Growth,
  { progress, remainingSeconds }: GrowthLink,
  texts: Strings['session'],
  locale: string,
): string {
  if (state === 'failed') return [texts.imagesFailed, message, hint].filter(Boolean).join(' ');
  const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(progress);
  return remainingSeconds === undefined
    ? fill(texts.images, { percent })
    : fill(texts.imagesFor, { percent, time: duration(remainingSeconds, locale) });
}
