import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import http from 'node:http';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { PreparationStatus } from '../../src/protocol/status.ts';
import { LabError, toLabError } from '../errors.ts';
import type { Labs } from '../sessions/labs.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Log } from '../telemetry/log.ts';
import { Access } from './access.ts';
import { handleErrors, refuse } from './error-handler.ts';
import { events } from './events.ts';
import { filesRoutes } from './files.ts';
import { openApiRoutes } from './openapi.ts';
import { PreviewHosts } from './preview-hosts.ts';
import { PreviewServer } from './preview-server.ts';
import { previewRoutes } from './previews.ts';
import { sessionRoutes } from './sessions.ts';
import { site } from './site.ts';
import { status } from './status.ts';
import { type TerminalAccess, terminals } from './terminals.ts';
import { webSockets } from './websockets.ts';

const BODY_BYTES = 64 * 1024;
/** Longer than the proxy in front keeps a connection, or it would reuse one that we just closed. */
const KEEP_ALIVE_MS = 72_000;
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

export interface ServerOptions {
  version: string;
  /** The folder of the built site. */
  dist: string;
  origins: readonly string[];
  /** The origins of previews, such as `https://*.previews.example.org`, unless they are local. */
  previewOrigin?: string | undefined;
  sandbox: () => PreparationStatus;
  sessions: Sessions;
  labs: Labs;
  log: Log;
}

/**
 * The whole server, not yet listening: the API, described at `/api/openapi.json`, and the built
 * site. The caller closes it.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { sessions, labs, log } = options;
  const access = new Access(options);
  const hosts = new PreviewHosts(options.previewOrigin);
  const previews = new PreviewServer({ hosts, log });
  const app = Fastify({
    serverFactory: (serve) => serverOf(previews, serve),
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    frameworkErrors: refuse,
    routerOptions: { maxParamLength: 200 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  handleErrors(app, log);

  await app.register(helmet, securityHeaders(hosts));
  await webSockets(app, { upgrades: siteUpgrades(app, previews) });
  checkOrigins(app, access);
  await app.register(cookie);
  await app.register(compress, { encodings: ['br', 'gzip'] });
  await app.register(rateLimit, {
    global: false,
    keyGenerator: (request) => access.owner(request) ?? request.ip,
    errorResponseBuilder: (_request, { after }) =>
      new LabError('LAB_LIMIT_RATE', `Too many requests of this kind. Try again in ${after}.`),
  });
  await app.register(swagger, {
    openapi: { info: { title: 'Kindlab', version: options.version } },
    transform: (route) =>
      jsonSchemaTransform(
        // @fastify/websocket hides its routes from the OpenAPI document.
        route.url.includes('/terminals/')
          ? { ...route, schema: { ...route.schema, hide: false } }
          : route,
      ),
  });

  terminals(app, {
    authorize: async (request) => Promise.resolve(authorize(request, access, sessions)),
  });
  status(app, {
    version: options.version,
    sandbox: options.sandbox,
    sessions: () => sessions.count(),
  });
  sessionRoutes(app, { sessions, labs, access });
  filesRoutes(app, { sessions, access });
  openApiRoutes(app, { sessions, access });
  events(app, { sessions, access });
  previewRoutes(app, { sessions, access, previews });
  app.get('/api/openapi.json', { schema: { hide: true } }, async () =>
    Promise.resolve(app.swagger()),
  );
  await site(app, options);
  return app;
}

/**
 * Requires our own Origin for everything that can change something, on every route, before the body
 * is read. Child scopes copy the hooks of their parent, so call it before the first one exists.
 * WebSockets count as unsafe: a browser lets every site open them.
 */
function checkOrigins(app: FastifyInstance, access: Access): void {
  app.addHook('onRequest', async (request) => {
    if (request.ws || !SAFE_METHODS.includes(request.method)) access.requireOwnOrigin(request);
    return Promise.resolve();
  });
}

/** Keeps requests for previews away from the site's routes, cookies and headers. */
function serverOf(previews: PreviewServer, serve: http.RequestListener): http.Server {
  return http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (previews.isFor(request)) void previews.handle(request, response);
    else serve(request, response);
  });
}

/** A server that never listens: it emits the upgrade requests that are for the site. */
function siteUpgrades(app: FastifyInstance, previews: PreviewServer): http.Server {
  const site = http.createServer();
  app.server.on('upgrade', (request, socket, head) => {
    if (previews.isFor(request)) void previews.handleUpgrade(request, socket, head);
    else site.emit('upgrade', request, socket, head);
  });
  app.addHook('preClose', async () => {
    previews[Symbol.dispose]();
    return Promise.resolve();
  });
  return site;
}

function securityHeaders(hosts: PreviewHosts): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        // The search engine is WebAssembly. This allows it without allowing eval of scripts.
        'script-src': ["'self'", "'wasm-unsafe-eval'"],
        // xterm.js sets its colours and sizes in style elements: xtermjs/xterm.js#4445.
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'frame-src': [(request) => hosts.frameSource(request.headers.host)],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // Most servers run as plain http on a loopback address. A proxy that speaks https sets it
    // itself.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'same-origin' },
  };
}

function authorize(
  request: FastifyRequest,
  access: Access,
  sessions: Sessions,
): TerminalAccess | LabError {
  try {
    const { id } = request.params as { id: string };
    const session = sessions.get(id, access.owner(request));
    return {
      terminals: session.running().terminals,
      ended: session.ending.signal,
    };
  } catch (error) {
    return toLabError(error);
  }
}
