import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type PreparationStatus, type Status, statusSchema } from '../../src/protocol/status.ts';

export interface StatusOptions {
  version: string;
  sandbox: () => PreparationStatus;
  sessions: () => Status['sessions'];
}

/** `GET /api/status`: what the sandbox is doing, for every page and for whoever watches over the server. */
export function status(app: FastifyInstance, options: StatusOptions): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/status',
    {
      schema: {
        summary: 'What the server and its sandbox are doing',
        response: { 200: statusSchema },
      },
    },
    async (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return Promise.resolve({
        version: options.version,
        sandbox: options.sandbox(),
        sessions: options.sessions(),
      });
    },
  );
}
