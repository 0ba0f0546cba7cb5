import { expect, it } from 'vitest';
import { emptyStorage } from '../../../tests/support/storage.ts';
import { sessionMemory } from './session-memory.ts';

it('is shared by the tabs of a browser, and separate for each lab', () => {
  const shared = emptyStorage();
  sessionMemory('concepts/pods', shared).keep('first');
  expect(sessionMemory('concepts/pods', shared).get()).toBe('first');
  expect(sessionMemory('concepts/nodes', shared).get()).toBeUndefined();
});

it('forgets an ended session, but not one that another tab has started since', () => {
  const sessions = sessionMemory('concepts/pods', emptyStorage());
  sessions.keep('first');
  sessions.keep('second');
  sessions.forget('first');
  expect(sessions.get()).toBe('second');
  sessions.forget('second');
  expect(sessions.get()).toBeUndefined();
});
