import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type PreparationStatus, type Status, statusSchema } from '../../src/protocol/status.ts';

export interface StatusOptions {
  version: string;
  sandbox: () => PreparationStatus;
  sessions: () => Status['sessions'];
}

/** `GET /api/status`: the state of the server, for every page and for monitoring. */
export function status(app: FastifyInstance, options: StatusOptions): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/status',
    {
      schema: {
        summary: 'The state of the server, its preparation and its sessions',
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
