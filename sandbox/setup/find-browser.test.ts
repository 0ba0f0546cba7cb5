import { expect, it } from 'vitest';
import { findBrowser } from './find-browser.ts';

it('takes the one that is named, then one on the PATH, then Debian’s place', () => {
  const all = (): boolean => true;
  expect(findBrowser({ CHROME_PATH: '/opt/chrome' }, all)).toBe('/opt/chrome');
  expect(findBrowser({ PATH: '/opt/bin' }, all)).toBe('/opt/bin/chromium');
  const debian = '/usr/lib/chromium/chromium';
  expect(findBrowser({ PATH: '/opt/bin' }, (path) => path === debian)).toBe(debian);
  expect(findBrowser({ PATH: '/opt/bin' }, () => false)).toBeUndefined();
});
