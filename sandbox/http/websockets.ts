import type http from 'node:http';
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { CloseCode, SUBPROTOCOL } from '../../src/protocol/tty.ts';

export interface WebSocketsOptions {
  /** The server whose upgrade requests are handled; by default the app's own. */
  upgrades?: http.Server;
}

const MAX_PAYLOAD_BYTES = 64 * 1024;
const CLOSE_GRACE_MS = 1_000;

/**
 * Makes `app` accept WebSockets. Every route must be registered after it: a socket that ends at a
 * route without a WebSocket handler is closed. Closing the app closes all sockets with 1012, which
 * tells clients to reconnect.
 */
export async function webSockets(
  app: FastifyInstance,
  { upgrades }: WebSocketsOptions = {},
): Promise<void> {
  await app.register(websocket, {
    options: {
      ...(upgrades === undefined ? {} : { server: upgrades }),
      maxPayload: MAX_PAYLOAD_BYTES,
      perMessageDeflate: false,
      handleProtocols: (protocols) => protocols.has(SUBPROTOCOL) && SUBPROTOCOL,
    },
    preClose(done) {
      const server = app.websocketServer;
      for (const socket of server.clients)
        socket.close(CloseCode.restart, 'The server is restarting.');
      setTimeout(() => {
        for (const socket of server.clients) socket.terminate();
      }, CLOSE_GRACE_MS).unref();
      server.close(() => {
        done();
      });
    },
  });
}
