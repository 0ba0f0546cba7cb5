import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { checkResultsSchema } from '../../src/protocol/checks.ts';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { stepIdSchema } from '../../src/protocol/lab.ts';
import {
  createSessionSchema,
  nodePowerResultSchema,
  nodePowerSchema,
  sessionIdSchema,
  sessionSchema,
} from '../../src/protocol/session.ts';
import type { Labs } from '../sessions/labs.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Access } from './access.ts';

export interface SessionRoutesOptions {
  sessions: Sessions;
  labs: Labs;
  access: Access;
}

const ASK_TIMEOUT_MS = 15_000;
const POWER_TIMEOUT_MS = 30_000;

const params = z.object({ id: sessionIdSchema });
const stepParams = params.extend({ step: stepIdSchema });
const failures = { '4xx': errorBodySchema, '5xx': errorBodySchema };

/** `/api/sessions`: create, read and end sessions, run their checks, and switch their nodes. */
export function sessionRoutes(app: FastifyInstance, options: SessionRoutesOptions): void {
  const { sessions, labs, access } = options;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/api/sessions',
    {
      config: { rateLimit: { max: 60, timeWindow: '1 minute' } },
      schema: {
        summary: 'Start a session: a cluster and a workstation for this browser alone',
        body: createSessionSchema,
        response: { 201: sessionSchema, ...failures },
      },
    },
    async (request, reply) => {
      const lab = await labs.get(request.body.lab);
      const owner = access.ensureOwner(request, reply);
      const session = await sessions.create(lab, owner, request.body.step);
      // A client that has left never learns the id, and the session would occupy a place until it
      // expires.
      if (request.socket.destroyed) void sessions.end(session, 'deleted');
      return reply
        .code(201)
        .header('location', `/api/sessions/${session.id}`)
        .send(session.toJson());
    },
  );

  routes.get(
    '/api/sessions/:id',
    {
      schema: {
        summary: 'The current state of the session, or how it ended',
        params,
        response: { 200: sessionSchema, ...failures },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return Promise.resolve(sessions.describe(request.params.id, access.owner(request)));
    },
  );

  routes.delete(
    '/api/sessions/:id',
    {
      schema: {
        summary: 'End the session and remove everything it has; harmless when it has ended',
        params,
        response: { 204: z.null(), ...failures },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const owner = access.owner(request);
      const { state } = sessions.describe(id, owner);
      if (state !== 'gone' && state !== 'failed') {
        await sessions.end(sessions.get(id, owner), 'deleted');
      }
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/api/sessions/:id/checks',
    {
      schema: {
        summary: 'The results of all checks, with evidence',
        params,
        response: { 200: checkResultsSchema, ...failures },
      },
    },
    async (request, reply) => {
      const session = sessions.get(request.params.id, access.owner(request));
      void reply.header('cache-control', 'no-store');
      return Promise.resolve({ checks: session.results() });
    },
  );

  routes.post(
    '/api/sessions/:id/steps/:step/check',
    {
      schema: {
        summary: 'Run the checks of a step now',
        params: stepParams,
        response: { 200: checkResultsSchema, ...failures },
      },
    },
    async (request) => {
      const session = sessions.get(request.params.id, access.owner(request));
      const signal = AbortSignal.any([session.ending.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]);
      return { checks: await session.ask(request.params.step, signal) };
    },
  );

  routes.post(
    '/api/sessions/:id/nodes/:name/:to',
    {
      config: { rateLimit: { max: 30, timeWindow: '1 minute' } },
      schema: {
        summary: 'Cut the power of a worker, or restore it; harmless when that is done already',
        params: nodePowerSchema,
        response: { 200: nodePowerResultSchema, ...failures },
      },
    },
    async (request) => {
      const { id, name, to } = request.params;
      const session = sessions.get(id, access.owner(request));
      const signal = AbortSignal.any([
        session.ending.signal,
        AbortSignal.timeout(POWER_TIMEOUT_MS),
      ]);
      const changed = await session.setPower(name, to, signal);
      return { node: name, power: to === 'stop' ? ('off' as const) : ('on' as const), changed };
    },
  );
}
