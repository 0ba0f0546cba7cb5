import type { Session } from '../../protocol/session.ts';

/** Whether terminals can be opened and commands sent: a session that is frozen wakes for them. */
export function isUsable(session: Session | undefined): boolean {
  return session?.state === 'ready' || session?.state === 'frozen';
}
