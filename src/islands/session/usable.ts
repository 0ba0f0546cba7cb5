import type { Session } from '../../protocol/session.ts';

/** Whether terminals can be opened and commands sent. A frozen session wakes for them. */
export function isUsable(session: Session | undefined): boolean {
  return session?.state === 'ready' || session?.state === 'frozen';
}
