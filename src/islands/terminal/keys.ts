/** The part of a keyboard event that matters. */
export type Key = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey' | 'isComposing'
>;

/** `browser`: left to the browser, which pastes or moves the focus. `shell`: typed. */
export type KeyAction = 'shell' | 'browser' | 'copy' | 'search';

/**
 * What a key pressed in the terminal does. Everything goes to the shell except copy, paste, search,
 * and Tab right after Escape, which leaves: nothing may trap the keyboard.
 */
export function keyAction(
  key: Key,
  now: { hasSelection: boolean; afterEscape: boolean },
): KeyAction {
  // The keys belong to the input method while it composes.
  if (key.isComposing) return 'shell';
  if (key.key === 'Tab' && now.afterEscape && !key.ctrlKey && !key.altKey) return 'browser';
  if (!key.ctrlKey || key.altKey || key.metaKey) return 'shell';
  // By position, not by letter: Shift, Caps Lock and other scripts change the letter.
  if (key.code === 'KeyC') {
    if (now.hasSelection) return 'copy';
    // Ctrl+Shift+C opens the browser's developer tools, which is never intended here.
    return key.shiftKey ? 'copy' : 'shell';
  }
  if (!key.shiftKey) return 'shell';
  if (key.code === 'KeyV') return 'browser';
  return key.code === 'KeyF' ? 'search' : 'shell';
}
