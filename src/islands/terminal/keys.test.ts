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

test('Ctrl+C interrupts, unless something is selected', () => {
  expect(keyAction(press('KeyC', ctrl), none)).toBe('shell');
  expect(keyAction(press('KeyC', ctrl), { ...none, hasSelection: true })).toBe('copy');
});

test('Ctrl+Shift+C copies, and never interrupts', () => {
  expect(keyAction(press('KeyC', ctrlShift), none)).toBe('copy');
});

test('Ctrl+Shift+V is left to the browser, which pastes; Ctrl+V is the shell’s', () => {
  expect(keyAction(press('KeyV', ctrlShift), none)).toBe('browser');
  expect(keyAction(press('KeyV', ctrl), none)).toBe('shell');
});

test('Ctrl+Shift+F searches, whatever letter the layout has there', () => {
  expect(keyAction(press('KeyF', { ...ctrlShift, key: 'А' }), none)).toBe('search');
});

test('Tab completes, but leads out right after Escape, in both directions', () => {
  const tab = press('Tab', { key: 'Tab' });
  const afterEscape = { ...none, afterEscape: true };
  expect(keyAction(tab, none)).toBe('shell');
  expect(keyAction(tab, afterEscape)).toBe('browser');
  expect(keyAction({ ...tab, shiftKey: true }, afterEscape)).toBe('browser');
});

test('while an input method composes, no key means anything else', () => {
  const key = press('KeyF', { ...ctrlShift, isComposing: true });
  expect(keyAction(key, none)).toBe('shell');
});
