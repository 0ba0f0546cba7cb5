import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { join } from 'node:path';
import { LabError } from '../errors.ts';

const HASHED = /[\\/]_astro[\\/]/;

/** Serves the built site from `dist`. What is not there gets the site's own 404 page, or below `/api` a coded error. */
export async function site(app: FastifyInstance, { dist }: { dist: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: dist,
    redirect: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      void reply.header(
        'cache-control',
        // Names with a hash never change; pages are asked for again, and answered with 304.
        HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (request.url.startsWith('/api/') || !['GET', 'HEAD'].includes(request.method)) {
      throw new LabError(
        'LAB_NOT_FOUND',
        `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`,
      );
    }
    return reply.code(404).type('text/html').sendFile('404.html', join(dist));
  });
}
