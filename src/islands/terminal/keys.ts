/** The part of a keyboard event that decides. */
export type Key = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey' | 'isComposing'
>;

/** `browser`: the terminal leaves the key to the browser, which pastes, or moves the focus. `shell`: it is typed. */
export type KeyAction = 'shell' | 'browser' | 'copy' | 'search';

/**
 * What a key pressed in the terminal does. Everything goes to the shell but for copy, paste and search, and Tab right after
 * Escape, which leads out: nothing may trap the keyboard.
 */
export function keyAction(key: Key, now: { hasSelection: boolean; afterEscape: boolean }): KeyAction {
  // An input method composes; its keys are nobody else's.
  if (key.isComposing) return 'shell';
  if (key.key === 'Tab' && now.afterEscape && !key.ctrlKey && !key.altKey) return 'browser';
  if (!key.ctrlKey || key.altKey || key.metaKey) return 'shell';
  // By place, not by letter: Shift, Caps Lock and other scripts change the letter.
  if (key.code === 'KeyC') {
    if (now.hasSelection) return 'copy';
    // The browser's developer tools open on this, which nobody means here.
    return key.shiftKey ? 'copy' : 'shell';
  }
  if (!key.shiftKey) return 'shell';
  if (key.code === 'KeyV') return 'browser';
  return key.code === 'KeyF' ? 'search' : 'shell';
}
