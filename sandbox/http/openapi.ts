import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { groupVersionPathSchema, openApiIndexSchema } from '../../src/protocol/openapi.ts';
import { sessionIdSchema } from '../../src/protocol/session.ts';
import type { LearnerSession } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Access } from './access.ts';

export interface OpenApiRoutesOptions {
  sessions: Sessions;
  access: Access;
}

const ASK_TIMEOUT_MS = 15_000;
const HOUR_SECONDS = 3600;

const params = z.object({ id: sessionIdSchema });
const failures = { '4xx': errorBodySchema, '5xx': errorBodySchema };
const config = { rateLimit: { max: 120, timeWindow: '1 minute' } };

/**
 * `/api/sessions/:id/openapi`: the OpenAPI documents of the session's cluster, with its custom
 * kinds. Read-only, and nothing else of the cluster's API.
 */
export function openApiRoutes(
  app: FastifyInstance,
  { sessions, access }: OpenApiRoutesOptions,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const limit = ({ ending }: LearnerSession): AbortSignal =>
    AbortSignal.any([ending.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]);

  routes.get(
    '/api/sessions/:id/openapi',
    {
      config,
      schema: {
        summary: 'The current groups and versions of the cluster’s API',
        params,
        response: { 200: openApiIndexSchema, ...failures },
      },
    },
    async (request, reply) => {
      const session = sessions.get(request.params.id, access.owner(request));
      void reply.header('cache-control', 'no-store');
      return { hashes: await session.openApiDocuments.index(limit(session)) };
    },
  );

  routes.get(
    '/api/sessions/:id/openapi/*',
    {
      config,
      schema: {
        summary: 'The OpenAPI v3 document of a group and version',
        params: params.extend({ '*': groupVersionPathSchema }),
        querystring: z.object({ hash: z.string().max(200).optional() }),
        response: { 200: z.unknown(), ...failures },
      },
    },
    async (request, reply) => {
      const session = sessions.get(request.params.id, access.owner(request));
      const { text, hash } = await session.openApiDocuments.document(
        request.params['*'],
        limit(session),
      );
      const isRequested = request.query.hash === hash;
      return reply
        .header('cache-control', isRequested ? `private, max-age=${HOUR_SECONDS}` : 'no-store')
        .type('application/json; charset=utf-8')
        .send(Readable.from([text]));
    },
  );
}
