import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import {
  fileListSchema,
  filePathSchema,
  fileSchema,
  fileVersionSchema,
  MAX_FILE_BYTES,
  writeFileSchema,
  writtenFileSchema,
} from '../../src/protocol/files.ts';
import { sessionIdSchema } from '../../src/protocol/session.ts';
import { LabError } from '../errors.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Access } from './access.ts';

export interface FilesRoutesOptions {
  sessions: Sessions;
  access: Access;
}

/** As JSON, a text of only line breaks and quotes takes twice its size. */
const BODY_BYTES = 2 * MAX_FILE_BYTES + 1024;
const CALLS_PER_MINUTE = 600;

const params = z.object({ id: sessionIdSchema });
const fileParams = params.extend({ '*': filePathSchema });
const failures = { '4xx': errorBodySchema, '5xx': errorBodySchema };
const config = { rateLimit: { max: CALLS_PER_MINUTE, timeWindow: '1 minute' } };

/** `/api/sessions/:id/files`: the files below `~/lab`. Every call wakes a frozen session. */
export function filesRoutes(app: FastifyInstance, { sessions, access }: FilesRoutesOptions): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const open = async (request: FastifyRequest) => {
    const { id } = request.params as z.infer<typeof params>;
    const session = sessions.get(id, access.owner(request));
    const { workstation } = await session.awake();
    return { session, files: workstation.files, options: { signal: session.ending.signal } };
  };

  routes.get(
    '/api/sessions/:id/files',
    {
      config,
      schema: {
        summary: 'The files below ~/lab; later changes arrive as events',
        params,
        response: { 200: fileListSchema, ...failures },
      },
    },
    async (request, reply) => {
      const { session, files, options } = await open(request);
      session.files.start(files);
      void reply.header('cache-control', 'no-store');
      return files.list(options);
    },
  );

  routes.get(
    '/api/sessions/:id/files/*',
    {
      config,
      schema: {
        summary: 'A text file',
        params: fileParams,
        response: { 200: fileSchema, ...failures },
      },
    },
    async (request, reply) => {
      const { files, options } = await open(request);
      const file = await files.read(request.params['*'], options);
      return reply.headers({ 'cache-control': 'no-store', etag: `"${file.version}"` }).send(file);
    },
  );

  routes.put(
    '/api/sessions/:id/files/*',
    {
      config,
      bodyLimit: BODY_BYTES,
      schema: {
        summary: 'Write a text file unless it has changed in the meantime',
        params: fileParams,
        body: writeFileSchema,
        response: { 200: writtenFileSchema, ...failures },
      },
    },
    async (request) => {
      const known = knownVersion(request);
      const { files, options } = await open(request);
      const file = { path: request.params['*'], text: request.body.text };
      return files.write(file, known, options);
    },
  );

  routes.delete(
    '/api/sessions/:id/files/*',
    {
      config,
      schema: {
        summary: 'Remove a file unless it has changed in the meantime',
        params: fileParams,
        response: { 204: z.null(), ...failures },
      },
    },
    async (request, reply) => {
      const known = knownVersion(request);
      const { files, options } = await open(request);
      await files.remove(request.params['*'], known, options);
      return reply.code(204).send(null);
    },
  );
}

/**
 * The version that the client means to replace. It is required, so that a client cannot overwrite
 * by accident what was written in the meantime.
 */
function knownVersion(request: FastifyRequest): string {
  const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
  if (noneMatch === '*' && match === undefined) return 'none';
  if (match === '*') return 'any';
  const version = fileVersionSchema.safeParse(match?.replace(/^"(.*)"$/, '$1'));
  if (version.success) return version.data;
  throw new LabError('LAB_INPUT_INVALID', 'The request does not name the version it replaces.', {
    hint: 'Send If-Match with the version that you read, or If-None-Match: * for a new file.',
  });
}
