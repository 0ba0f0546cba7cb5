import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CloseCode, SUBPROTOCOL } from '../../src/protocol/tty.ts';
import { LabError } from '../errors.ts';
import type { Terminals } from '../sessions/waking-terminals.ts';
import { closeCodeOf, TerminalSocket } from './terminal-socket.ts';

/** What an authorized request may use. */
export interface TerminalAccess {
  terminals: Terminals;
  /** Aborted when their session ends. */
  ended: AbortSignal;
}

export interface TerminalsOptions {
  /**
   * Checks the owner and the state of the session, before the upgrade. A refusal is returned, not
   * thrown: browsers hide the response to a failed upgrade, so the socket opens and closes with a
   * code that says why.
   */
  authorize(request: FastifyRequest): Promise<TerminalAccess | LabError>;
}

const TERMINALS = 4;
/** Each viewer costs a process in the workstation. */
const VIEWERS = 16;

/**
 * `GET /api/sessions/:id/terminals/:n`, the WebSocket `kindlab.tty.v1`. Needs `webSockets` to be
 * registered before.
 */
export function terminals(app: FastifyInstance, options: TerminalsOptions): void {
  const decisions = new WeakMap<FastifyRequest, TerminalAccess | LabError>();
  const viewers = new WeakMap<Terminals, number>();

  app.get<{ Params: { id: string; n: string } }>(
    '/api/sessions/:id/terminals/:n',
    {
      websocket: true,
      schema: { summary: 'A terminal of the session: a WebSocket that speaks kindlab.tty.v1' },
      preValidation: async (request) => {
        requireProtocol(request);
        requireNumber(request.params.n);
        decisions.set(request, await options.authorize(request));
      },
    },
    (socket, request) => {
      const access = decisions.get(request);
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
    `This address is a WebSocket with the subprotocol ${SUBPROTOCOL}.`,
    { hint: `Offer "${SUBPROTOCOL}" as the subprotocol of the socket.` },
  );
}

function requireNumber(text: string): void {
  if (!/^\d{1,4}$/.test(text)) {
    throw new LabError('LAB_INPUT_INVALID', `"${text}" is not a terminal number.`);
  }
  if (Number(text) >= TERMINALS) {
    throw new LabError(
      'LAB_TERMINAL_LIMIT',
      `Terminals are numbered from 0 to ${TERMINALS - 1}; there is no ${text}.`,
    );
  }
}
