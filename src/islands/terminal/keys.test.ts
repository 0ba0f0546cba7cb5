import { expect, test } from 'vitest';
import { keyAction, type Key } from './keys.ts';

const none = { hasSelection: false, afterEscape: false };

function press(code: string, held: Partial<Key> = {}): Key {
  const key = code.replace(/^Key/, '').toLowerCase();
  const free = { ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };
  return { key, code, isComposing: false, ...free, ...held };
}
const ctrl = { ctrlKey: true };
const ctrlShift = { ctrlKey: true, shiftKey: true };

test('interrupts with Ctrl+C unless something is selected', () => {
  expect(keyAction(press('KeyC', ctrl), none)).toBe('shell');
  expect(keyAction(press('KeyC', ctrl), { ...none, hasSelection: true })).toBe('copy');
});

test('copies with Ctrl+Shift+C, and never interrupts', () => {
  expect(keyAction(press('KeyC', ctrlShift), none)).toBe('copy');
});

test('leaves Ctrl+Shift+V to the browser, which pastes, and sends Ctrl+V to the shell', () => {
  expect(keyAction(press('KeyV', ctrlShift), none)).toBe('browser');
  expect(keyAction(press('KeyV', ctrl), none)).toBe('shell');
});

test('searches with Ctrl+Shift+F in any keyboard layout', () => {
  expect(keyAction(press('KeyF', { ...ctrlShift, key: 'А' }), none)).toBe('search');
});

test('completes with Tab, and leaves in both directions right after Escape', () => {
  const tab = press('Tab', { key: 'Tab' });
  const afterEscape = { ...none, afterEscape: true };
  expect(keyAction(tab, none)).toBe('shell');
  expect(keyAction(tab, afterEscape)).toBe('browser');
  expect(keyAction({ ...tab, shiftKey: true }, afterEscape)).toBe('browser');
});

test('gives all keys to an input method that composes', () => {
  const key = press('KeyF', { ...ctrlShift, isComposing: true });
  expect(keyAction(key, none)).toBe('shell');
});
