import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { LabError, toLabError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';

/** Sends every failure as a coded body. Failures of the server are logged with the request's id. */
export function handleErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const coded = toCoded(error, request.id);
    // 503 means full or not ready yet, which is nothing for an operator to look into.
    if (coded.status >= 500 && coded.status !== 503) {
      log.error({ requestId: request.id, err: error, code: coded.code }, 'request failed');
    }
    if (coded.status === 503) void reply.header('retry-after', '10');
    void reply.code(coded.status).send(coded.toBody());
  });
}

/** For requests that Fastify refuses before routing, such as one with a malformed URL. */
export function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const coded = toCoded(error, request.id);
  void reply.code(coded.status).send(coded.toBody());
}

function toCoded(error: FastifyError, requestId: string): LabError {
  if (error instanceof LabError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map(
      ({ instancePath, message }) => `${fieldName(instancePath)}: ${message ?? 'not valid'}`,
    );
    const part = error.validationContext ?? 'request';
    return new LabError('LAB_INPUT_INVALID', `The ${part} is not valid. ${problems.join('; ')}.`);
  }
  if (error.statusCode === 413) {
    return new LabError('LAB_INPUT_TOO_LARGE', error.message);
  }
  if (error.statusCode === 429) return new LabError('LAB_LIMIT_RATE', error.message);
  // A status from elsewhere, such as the engine's client, is not about this request.
  const { code }: { code?: unknown } = error;
  const isFastifyError = typeof code === 'string' && code.startsWith('FST_');
  if (isFastifyError && error.statusCode !== undefined && error.statusCode < 500) {
    return new LabError('LAB_INPUT_INVALID', error.message);
  }
  // The original message may not be meant for learners; the log has it.
  return new LabError('LAB_INTERNAL', `Request ${requestId} failed.`, {
    cause: toLabError(error),
  });
}

function fieldName(instancePath: string): string {
  return instancePath.slice(1).replaceAll('/', '.') || 'body';
}
