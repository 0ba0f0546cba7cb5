import { type LabAnswer, labRequestSchema } from '../../src/protocol/lab-command.ts';
import { LabError } from '../errors.ts';
import type { LabCommandHandler } from '../provider.ts';

/**
 * Answers a request of the command `lab`, valid or not. Never rejects. Aborting the signal ends the
 * wait, as far as the handler observes it.
 */
export async function answerLab(
  handler: LabCommandHandler,
  request: unknown,
  signal: AbortSignal,
): Promise<LabAnswer> {
  const parsed = labRequestSchema.safeParse(request);
  if (!parsed.success) {
    return new LabError('LAB_INPUT_INVALID', 'The request is not valid.', {
      hint: 'Run "lab help" to list the commands.',
    }).toBody();
  }
  try {
    const command = parsed.data;
    switch (command.do) {
      case 'node':
        return { changed: await handler.power(command.node, command.to, signal) };
      case 'check':
        if (handler.check === undefined) {
          throw new LabError('LAB_SESSION_NOT_READY', 'This sandbox runs no checks.');
        }
        return await handler.check(command.step, signal);
    }
  } catch (error) {
    if (error instanceof LabError) return error.toBody();
    // The original message is not meant for learners.
    return new LabError('LAB_INTERNAL', 'The command failed.').toBody();
  }
}
