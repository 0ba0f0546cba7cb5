import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { LabError } from '../errors.ts';

const HASHED = /[\\/]_astro[\\/]/;
/** Files of the search index. */
const PACKED = /\.(pagefind|pf_\w+)$/;

/**
 * Serves the built site from `dist`. Missing paths get its 404 page, or a coded error below `/api`.
 */
export async function site(app: FastifyInstance, { dist }: { dist: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: dist,
    redirect: true,
    cacheControl: false,
    preCompressed: true,
    setHeaders: (reply, path) => {
      void reply.header(
        'cache-control',
        // A file with a hash in its name never changes. Pages are revalidated.
        HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
      // They are gzipped already. With another type, @fastify/compress passes them on unchanged but
      // labels them as br.
      if (PACKED.test(path)) void reply.header('content-type', 'application/gzip');
    },
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (request.url.startsWith('/api/') || !['GET', 'HEAD'].includes(request.method)) {
      throw new LabError(
        'LAB_NOT_FOUND',
        `No route matches ${request.method} ${request.url.slice(0, 200)}.`,
      );
    }
    // Always the whole page: the browser asked for another URL, so "not modified" or a range of
    // this file would show nothing.
    const whole = { etag: false, lastModified: false, acceptRanges: false };
    return reply.code(404).sendFile('404.html', dist, whole);
  });
}
