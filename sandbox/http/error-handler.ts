import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { LabError, toLabError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';

/** Every failure leaves as a coded body; what is our own fault is logged with the request's id. */
export function handleErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const coded = toCoded(error, request.id);
    // No room, or not ready yet: the client is told, and nobody needs to look.
    if (coded.status >= 500 && coded.status !== 503) {
      log.error({ requestId: request.id, err: error, code: coded.code }, 'request failed');
    }
    if (coded.status === 503) void reply.header('retry-after', '10');
    void reply.code(coded.status).send(coded.toBody());
  });
}

/** For what Fastify refuses before there is a route, such as an address that is no valid text. */
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
  // Those of others, such as the engine's client, say nothing of the request.
  const { code }: { code?: unknown } = error;
  const isOfRequest = typeof code === 'string' && code.startsWith('FST_');
  if (isOfRequest && error.statusCode !== undefined && error.statusCode < 500) {
    return new LabError('LAB_INPUT_INVALID', error.message);
  }
  // Its own words may hold what is not for learners; the log has them.
  return new LabError('LAB_INTERNAL', `Request ${requestId} failed.`, {
    cause: toLabError(error),
  });
}

function fieldName(instancePath: string): string {
  return instancePath.slice(1).replaceAll('/', '.') || 'body';
}
