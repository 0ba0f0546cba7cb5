import { expect, it } from 'vitest';
import { findBrowser } from './find-browser.ts';

it('prefers the browser that is named, then Debian’s, then one on the PATH', () => {
  const all = (): boolean => true;
  const debian = '/usr/lib/chromium/chromium';
  expect(findBrowser({ CHROME_PATH: '/opt/chrome' }, all)).toBe('/opt/chrome');
  expect(findBrowser({ PATH: '/opt/bin' }, all)).toBe(debian);
  expect(findBrowser({ PATH: '/opt/bin' }, (path) => !path.startsWith('/usr/'))).toBe(
    '/opt/bin/chromium',
  );
  expect(findBrowser({ PATH: '/opt/bin' }, () => false)).toBeUndefined();
});
