import { pageState } from './page-state.ts';
import { startObstacle } from './start-obstacle.ts';
import { language, textsOf } from './texts.ts';

/** Why this page's lab cannot be started now, in words; `undefined` when it can. */
export function pageObstacle(): string | undefined {
  const { images = '' } = document.querySelector<HTMLElement>('lab-session')?.dataset ?? {};
  const needs = { locale: language(), images: images.split(' ') };
  return startObstacle(pageState.availability, textsOf('session'), needs);
}
