import type { Page } from 'playwright-core';
import { rollout } from '../../src/islands/map/synthetic.ts';
import type { LivePage } from './pane-server.ts';

const CHANGES_PER_TURN = 3;
const TURN_MS = 16;

/**
 * Replaces `pods` pods on the map of a page, as a busy cluster does. Resolves with the milliseconds
 * between the frames drawn meanwhile.
 */
export async function framesOfRollout({ page, emit }: LivePage, pods: number): Promise<number[]> {
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(globalThis, { frames });
    const note = (time: number): void => {
      frames.push(time);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  const changes = rollout(pods);
  while (changes.length > 0) {
    emit(changes.splice(0, CHANGES_PER_TURN));
    await page.waitForTimeout(TURN_MS);
  }
  const times = await framesOf(page);
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

async function framesOf(page: Page): Promise<number[]> {
  return page.evaluate(() => (globalThis as unknown as { frames: number[] }).frames);
}
