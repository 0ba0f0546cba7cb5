import type { Session } from '../protocol/session.ts';
import type { Availability } from './availability.ts';
import { on } from './events.ts';

/** The page's current state, for islands that need it between events. Lives as long as the page. */
export const pageState: { availability: Availability; session: Session | undefined } = {
  availability: { kind: 'unknown' },
  session: undefined,
};

const forever = new AbortController().signal;
on('lab:availability', (availability) => (pageState.availability = availability), forever);
on('lab:session', (session) => (pageState.session = session), forever);
