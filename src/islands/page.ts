import { LabStatus } from './lab-status.ts';
import { watchForSearch } from './search/open-search.ts';
import { browserStorage } from './storage.ts';

/**
 * What every page does: show the state of the sandbox, search, switch the theme, remember the
 * language.
 */

customElements.define('lab-status', LabStatus);
watchForSearch();

document.querySelector('[data-theme-toggle]')?.addEventListener('click', () => {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const theme = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
  if (theme === system) {
    delete root.dataset.theme;
    browserStorage.removeItem('kindlab.theme');
  } else {
    root.dataset.theme = theme;
    browserStorage.setItem('kindlab.theme', theme);
  }
});

for (const link of document.querySelectorAll<HTMLElement>('[data-locale]')) {
  link.addEventListener('click', () => {
    browserStorage.setItem('kindlab.locale', link.dataset.locale ?? '');
  });
}
