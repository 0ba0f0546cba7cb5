import { type LabAnswer, labRequestSchema } from '../../src/protocol/lab-command.ts';
import { LabError, toLabError } from '../errors.ts';
import type { LabDesk } from '../provider.ts';

/** Answers what a learner's program asks, whatever that is. Never rejects; by the signal's abort at the latest there is an answer, if the desk heeds it. */
export async function answerLab(
  desk: LabDesk,
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
        return { changed: await desk.power(wish.node, wish.to, signal) };
      case 'check':
        if (desk.check === undefined) {
          throw new LabError('LAB_SESSION_NOT_READY', 'Nobody asks the checks here.');
        }
        return await desk.check(wish.step, signal);
    }
  } catch (error) {
    if (error instanceof LabError) return error.toBody();
    // What broke is the log's, not the learner's.
    return toLabError(new Error('It could not be done.')).toBody();
  }
}
