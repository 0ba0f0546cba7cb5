import type { CheckResult } from '../../src/protocol/checks.ts';
import type { LabCheckAnswer } from '../../src/protocol/lab-command.ts';
import type { LabCommandHandler } from '../provider.ts';
import type { LearnerSession } from './session.ts';

/** Lets a session answer the command `lab` in its workstation. */
export function handleLabCommands(session: LearnerSession, labCommands: LabCommandHandler): void {
  labCommands.power = async (node, to, signal) => session.setPower(node, to, signal);
  labCommands.check = async (step, signal) => {
    if (step === undefined) return askFirstIncomplete(session, signal);
    return { step, checks: await session.ask(step, signal) };
  };
}

/** Asks only the steps with checks that have not passed, up to the first that is incomplete. */
async function askFirstIncomplete(
  session: LearnerSession,
  signal: AbortSignal,
): Promise<LabCheckAnswer> {
  const hasPassed = ({ outcome }: CheckResult): boolean => outcome === 'pass';
  for (const { id } of session.lab.steps) {
    if (session.results().every((result) => result.step !== id || hasPassed(result))) continue;
    const checks = await session.ask(id, signal);
    if (!checks.every(hasPassed)) return { step: id, checks };
  }
  return { checks: [] };
}
