import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import type { LearnerSession } from './session.ts';

const ATTEMPTS = 5;
const ATTEMPT_MS = 30_000;
const RETRY_MS = 2_000;

/**
 * Adds what the session's lab needs beyond the usual, while the learner reads the first steps.
 * Never rejects: the lab's checks show what is missing.
 */
export async function equip(
  { id, lab, ending }: Pick<LearnerSession, 'id' | 'lab' | 'ending'>,
  sandbox: Pick<Sandbox, 'equip'>,
  log: Log,
): Promise<void> {
  const { addons } = lab.profile;
  if (addons.length === 0) return;
  const { signal } = ending;
  for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
    try {
      await sandbox.equip(addons, AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]));
      return;
    } catch (error) {
      const fields = { sessionId: id, attempt, err: error };
      if (attempt === ATTEMPTS) log.error(fields, 'gave up on installing the add-ons');
      else log.warn(fields, 'could not install the add-ons, retrying');
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
