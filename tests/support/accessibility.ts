import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

export const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * Accessibility violations as "rule: first element", of the whole page or of `within`, by the rules
 * of `tags`. Waits until the page stands still: text that fades in has too little contrast for a
 * moment.
 */
export async function violationsOf(
  page: Page,
  within?: string,
  tags = [...WCAG, 'best-practice'],
): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.waitForFunction(
    () => document.getAnimations().every(({ playState }) => playState !== 'running'),
    undefined,
    { timeout: 10_000 },
  );
  const axe = new AxeBuilder({ page }).withTags(tags);
  const { violations } = await (within === undefined ? axe : axe.include(within)).analyze();
  await page.emulateMedia({ reducedMotion: null });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
}
