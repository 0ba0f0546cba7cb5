import type http from 'node:http';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CloseCode, SUBPROTOCOL } from '../../src/protocol/tty.ts';
import { LabError } from '../errors.ts';
import type { Terminals } from '../sessions/idle-freezer.ts';
import { closeCodeOf, TerminalSocket } from './terminal-socket.ts';

/** What a request may do: the terminals that it may use, and the end of their session. */
export interface TerminalAccess {
  terminals: Terminals;
  ended: AbortSignal;
}

export interface TerminalsOptions {
  /** Hears the requests for an upgrade; by default the app's own server. */
  upgrades?: http.Server;
  /**
   * Asked before the upgrade: the owner's cookie, the exact Origin, the session's state. A refusal is returned, not thrown:
   * a browser hides the body of a refused upgrade, so it is told by a close code. A foreign Origin alone gets no upgrade.
   */
  authorize(request: FastifyRequest): Promise<TerminalAccess | LabError>;
}

const TERMINALS = 4;
/** Each viewer costs a process in the workstation. */
const VIEWERS = 16;
const MAX_PAYLOAD_BYTES = 64 * 1024;
const CLOSE_GRACE_MS = 1_000;

/** `GET /api/sessions/:id/terminals/:n`, the WebSocket `kindlab.tty.v1`. Closing the app closes its sockets with 1012: come back. */
export async function terminals(app: FastifyInstance, options: TerminalsOptions): Promise<void> {
  const granted = new WeakMap<FastifyRequest, TerminalAccess | LabError>();
  const viewers = new WeakMap<Terminals, number>();

  await app.register(websocket, {
    options: {
      ...(options.upgrades === undefined ? {} : { server: options.upgrades }),
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

  app.get<{ Params: { id: string; n: string } }>(
    '/api/sessions/:id/terminals/:n',
    {
      websocket: true,
      schema: { summary: 'A terminal of the session: a WebSocket that speaks kindlab.tty.v1' },
      preValidation: async (request) => {
        requireProtocol(request);
        requireNumber(request.params.n);
        const access = await options.authorize(request);
        if (access instanceof LabError && access.code === 'LAB_ORIGIN_FORBIDDEN') throw access;
        granted.set(request, access);
      },
    },
    (socket, request) => {
      const access = granted.get(request);
      if (access === undefined || access instanceof LabError) {
        socket.on('error', () => undefined);
        socket.close(closeCodeOf(access), access?.code);
        return;
      }
      const count = viewers.get(access.terminals) ?? 0;
      if (count >= VIEWERS) {
        socket.on('error', () => undefined);
        socket.close(CloseCode.tooMany, 'LAB_TERMINAL_LIMIT');
        return;
      }
      viewers.set(access.terminals, count + 1);
      socket.once('close', () => {
        viewers.set(access.terminals, (viewers.get(access.terminals) ?? 1) - 1);
      });
      const open = async (signal: AbortSignal) =>
        access.terminals.openTerminal(Number(request.params.n), { signal });
      new TerminalSocket(socket, access.ended).connect(open);
    },
  );
}

function requireProtocol(request: FastifyRequest): void {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  if (offered.split(',').some((name) => name.trim() === SUBPROTOCOL)) return;
  throw new LabError(
    'LAB_INPUT_INVALID',
    `This address is a WebSocket of the subprotocol ${SUBPROTOCOL}.`,
    { hint: `Offer "${SUBPROTOCOL}" as the subprotocol of the socket.` },
  );
}

function requireNumber(text: string): void {
  if (!/^\d{1,4}$/.test(text)) {
    throw new LabError('LAB_INPUT_INVALID', `"${text}" is not the number of a terminal.`);
  }
  if (Number(text) >= TERMINALS) {
    throw new LabError(
      'LAB_TERMINAL_LIMIT',
      `A session has ${TERMINALS} terminals, numbered from 0; ${text} is none of them.`,
    );
  }
}
