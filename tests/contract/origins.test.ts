import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { SUBPROTOCOL } from '../../src/protocol/tty.ts';
import { TestServer } from '../../tools/support/test-server.ts';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const FOREIGN_ORIGINS = [undefined, 'https://evil.example', 'null'];
const TERMINALS = 'GET /api/sessions/:id/terminals/:n';

interface Route {
  method: string;
  /** With values for its parameters. */
  path: string;
  name: string;
}

const routes: Route[] = [];
const lateHandler = vi.fn(async () => Promise.resolve('late'));
let server: TestServer;
let port: number;

/** Collects the routes of a new app, whatever plugin or scope registers them. */
function collectRoutes(message: unknown): void {
  const { fastify: app } = message as { fastify: FastifyInstance };
  app.addHook('onRoute', ({ method, url }) => {
    const path = url.replaceAll(/:\w+/g, '1').replace('*', 'a');
    for (const each of [method].flat()) {
      routes.push({ method: each, path, name: `${each} ${url}` });
    }
  });
}

beforeAll(async () => {
  diagnostics.subscribe('fastify.initialization', collectRoutes);
  server = await new TestServer().start();
  diagnostics.unsubscribe('fastify.initialization', collectRoutes);
  await server.app.register(async (scope) => {
    await scope.register((inner, _options, done) => {
      inner.route({ method: ['GET', 'PATCH'], url: '/api/late/:id', handler: lateHandler });
      done();
    });
  });
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  port = (server.app.server.address() as AddressInfo).port;
});

afterAll(async () => server[Symbol.asyncDispose]());

const isSafe = ({ method }: Route): boolean => SAFE_METHODS.includes(method);

/** The headers of a request that announces a body and never sends it. */
function withoutBody(origin: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': '1000000',
    ...(origin === undefined ? {} : { origin }),
  };
}

async function send(
  { method, path }: Route,
  headers: Record<string, string>,
): Promise<[status: number, body: string]> {
  const call = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  call.flushHeaders();
  if (headers['content-length'] === undefined) call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  // The event stream never ends.
  const body = response.headers['content-type']?.includes('json') ? await text(response) : '';
  call.on('error', () => undefined).destroy();
  return [response.statusCode ?? 0, body];
}

/** The status and body of a refused upgrade, or how the socket closed. */
async function dial({ path }: Route, origin: string | undefined): Promise<[number, string]> {
  const headers = origin === undefined ? {} : { origin };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, SUBPROTOCOL, { headers });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve([code, reason.toString()]));
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      void text(response).then((body) => resolve([response.statusCode ?? 0, body]));
    });
  });
}

function codeOf(body: string): string {
  return errorBodySchema.parse(JSON.parse(body)).error.code;
}

describe('every route', () => {
  it('is known to this test', () => {
    const names = routes.map(({ name }) => name);
    for (const name of [
      ...['POST /api/sessions', 'DELETE /api/sessions/:id', 'PUT /api/sessions/:id/files/*'],
      ...['POST /api/sessions/:id/previews/:preview', 'PATCH /api/late/:id', TERMINALS, 'GET /*'],
    ]) {
      expect(names).toContain(name);
    }
  });

  it('that can change something refuses other origins, before it reads a body', async () => {
    const unsafe = routes.filter((route) => !isSafe(route));
    const nowhere: Route = { method: 'POST', path: '/api/nowhere', name: 'no route' };
    for (const route of [...unsafe, nowhere]) {
      for (const origin of FOREIGN_ORIGINS) {
        const [status, body] = await send(route, withoutBody(origin));
        expect([route.name, status, codeOf(body)]).toEqual([
          ...[route.name, 403],
          'LAB_ORIGIN_FORBIDDEN',
        ]);
      }
    }
    expect(lateHandler).not.toHaveBeenCalled();
  });

  it('that can change something accepts our own origin', async () => {
    const origin = `http://127.0.0.1:${port}`;
    for (const route of routes.filter((each) => !isSafe(each))) {
      const [, body] = await send(route, { origin, 'content-length': '0' });
      expect([route.name, body]).not.toEqual([
        route.name,
        expect.stringContaining('LAB_ORIGIN_FORBIDDEN'),
      ]);
    }
    expect(lateHandler).toHaveBeenCalledOnce();
  });

  it('that only reads needs no origin', async () => {
    for (const route of routes.filter(isSafe)) {
      expect([route.name, await send(route, {})]).not.toEqual([
        route.name,
        [403, expect.anything()],
      ]);
    }
  });
});

describe('a WebSocket', () => {
  it('opens for no other origin, on whatever route', async () => {
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      for (const origin of FOREIGN_ORIGINS) {
        const [status, body] = await dial(route, origin);
        expect([route.name, status, codeOf(body)]).toEqual([
          ...[route.name, 403],
          'LAB_ORIGIN_FORBIDDEN',
        ]);
      }
    }
  });

  it('of a terminal opens for our own origin', async () => {
    const terminal = routes.find(({ name }) => name === TERMINALS)!;
    expect(await dial(terminal, `http://127.0.0.1:${port}`)).toEqual([4404, 'LAB_SESSION_UNKNOWN']);
  });
});
