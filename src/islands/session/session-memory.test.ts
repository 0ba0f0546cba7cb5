import { expect, it } from 'vitest';
import { sessionMemory } from './session-memory.ts';

function storage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

it('is shared by the tabs of a browser, and apart for each lab', () => {
  const shared = storage();
  sessionMemory('concepts/pods', shared).keep('first');
  expect(sessionMemory('concepts/pods', shared).get()).toBe('first');
  expect(sessionMemory('concepts/nodes', shared).get()).toBeUndefined();
});

it('forgets the session that is over, and not one that another tab has started since', () => {
  const sessions = sessionMemory('concepts/pods', storage());
  sessions.keep('first');
  sessions.keep('second');
  sessions.forget('first');
  expect(sessions.get()).toBe('second');
  sessions.forget('second');
  expect(sessions.get()).toBeUndefined();
});
