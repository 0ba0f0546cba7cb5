import { type LabAnswer, labRequestSchema } from '../../src/protocol/lab-command.ts';
import { LabError, toLabError } from '../errors.ts';
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
    return new LabError('LAB_INPUT_INVALID', 'This is no request.', {
      hint: 'Call lab help: it lists what can be asked.',
    }).toBody();
  }
  try {
    const wish = parsed.data;
    switch (wish.do) {
      case 'node':
        return { changed: await handler.power(wish.node, wish.to, signal) };
      case 'check':
        if (handler.check === undefined) {
          throw new LabError('LAB_SESSION_NOT_READY', 'Nobody asks the checks here.');
        }
        return await handler.check(wish.step, signal);
    }
  } catch (error) {
    if (error instanceof LabError) return error.toBody();
    // What broke is the log's, not the learner's.
    return toLabError(new Error('It could not be done.')).toBody();
  }
}
