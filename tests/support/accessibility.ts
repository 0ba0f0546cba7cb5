import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

export const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * What is wrong for people who see, hear or move otherwise, each as "rule: its first element"; of the whole page or of what
 * a selector names, by WCAG and good practice or by what `tags` says. The page is judged as it is when it stands still: text that comes in gently
 * is faint for a moment, and that is no lack of contrast.
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
