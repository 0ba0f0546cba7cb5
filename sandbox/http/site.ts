import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { LabError } from '../errors.ts';

const HASHED = /[\\/]_astro[\\/]/;
/** Files of the search index. */
const PACKED = /\.(pagefind|pf_\w+)$/;

/** Serves the built site from `dist`. What is not there gets the site's own 404 page, or below `/api` a coded error. */
export async function site(app: FastifyInstance, { dist }: { dist: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: dist,
    redirect: true,
    cacheControl: false,
    preCompressed: true,
    setHeaders: (reply, path) => {
      void reply.header(
        'cache-control',
        // Names with a hash never change; pages are asked for again, and answered with 304.
        HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
      // They are gzip already. As a mere stream of octets, compress takes them, sees that, lets them pass, and calls them br all the same.
      if (PACKED.test(path)) void reply.header('content-type', 'application/gzip');
    },
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (request.url.startsWith('/api/') || !['GET', 'HEAD'].includes(request.method)) {
      throw new LabError(
        'LAB_NOT_FOUND',
        `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`,
      );
    }
    // As a whole each time: "not modified" or a part of it would be an empty page to whoever asked for another address.
    const whole = { etag: false, lastModified: false, acceptRanges: false };
    return reply.code(404).sendFile('404.html', dist, whole);
  });
}
