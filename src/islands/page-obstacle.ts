import { pageState } from './page-state.ts';
import { startObstacle } from './start-obstacle.ts';
import { language, textsOf } from './texts.ts';

/** Why no session of this page's lab can be started now, for people; `undefined` when one can. */
export function pageObstacle(): string | undefined {
  const { images = '' } = document.querySelector<HTMLElement>('lab-session')?.dataset ?? {};
  const needs = { locale: language(), images: images.split(' ') };
  return startObstacle(pageState.availability, textsOf('session'), needs);
}
