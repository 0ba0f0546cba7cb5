import type { Session } from '../protocol/session.ts';
import type { Availability } from './availability.ts';
import { hear } from './events.ts';

/** What the page knows now, for islands that are asked rather than told. Lives as long as the page. */
export const pageState: { availability: Availability; session: Session | undefined } = {
  availability: { kind: 'unknown' },
  session: undefined,
};

const forever = new AbortController().signal;
hear('lab:availability', (availability) => (pageState.availability = availability), forever);
hear('lab:session', (session) => (pageState.session = session), forever);
