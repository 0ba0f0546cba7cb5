import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import {
  openedPreviewSchema,
  openPreviewSchema,
  previewParamsSchema,
} from '../../src/protocol/preview.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Access } from './access.ts';
import type { PreviewServer } from './preview-server.ts';

export interface PreviewRoutesOptions {
  sessions: Sessions;
  access: Access;
  previews: PreviewServer;
}

/**
 * `POST /api/sessions/:id/previews/:preview`: gives the owner a link to a web page that their pods
 * serve, on its own origin.
 */
export function previewRoutes(app: FastifyInstance, options: PreviewRoutesOptions): void {
  const { sessions, access, previews } = options;
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/sessions/:id/previews/:preview',
    {
      config: { rateLimit: { max: 60, timeWindow: '1 minute' } },
      schema: {
        summary: 'A link to a web page of the session’s pods; it works once and expires soon',
        params: previewParamsSchema,
        body: openPreviewSchema,
        response: { 201: openedPreviewSchema, '4xx': errorBodySchema, '5xx': errorBodySchema },
      },
    },
    async (request, reply) => {
      const site = access.requireOwnOrigin(request);
      const { id, preview } = request.params;
      const session = sessions.get(id, access.owner(request));
      session.activity.use();
      const url = previews.open(session, preview, { site, language: request.body.language });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await Promise.resolve({ url }));
    },
  );
}
