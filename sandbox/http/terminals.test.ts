import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ATTACH, closed, TerminalRoute } from '../../tests/support/terminal-route.ts';

let route: TerminalRoute;

beforeEach(async () => {
  route = await new TerminalRoute().start();
});

afterEach(async () => route[Symbol.asyncDispose]());

/** The response to an upgrade that is refused. */
async function refused(socket: WebSocket): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      void text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

describe('the terminals route', () => {
  it('requires the subprotocol and the number of a terminal', async () => {
    expect((await refused(route.dial('0', 'other'))).status).toBe(400);
    expect((await refused(route.dial('x'))).status).toBe(400);
    const limit = await refused(route.dial('4'));
    expect(limit.status).toBe(429);
    expect(limit.body).toContain('LAB_TERMINAL_LIMIT');
  });

  it.each([
    ['LAB_SESSION_FORBIDDEN', 4003],
    ['LAB_SESSION_UNKNOWN', 4404],
    ['LAB_SESSION_ENDED', 4410],
    ['LAB_SESSION_NOT_READY', 1012],
  ] as const)('reports %s with the close code %i', async (code, expected) => {
    route.refusal = code;
    expect(await closed(route.dial())).toEqual({ code: expected, reason: code });
    expect(route.connections).toHaveLength(0);
  });

  it('limits the viewers of a workstation, and does not count those who left', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const socket = route.dial();
        await new Promise((resolve) => socket.once('open', resolve));
        return socket;
      }),
    );
    expect((await closed(route.dial())).code).toBe(4429);
    sockets[0]!.close();
    await closed(sockets[0]!);
    const { socket } = await route.attach();
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('loses nothing that is sent before the terminal is open', async () => {
    const { promise, resolve: open } = Promise.withResolvers<undefined>();
    route.opening = promise;
    const socket = route.dial();
    socket.once('open', () => {
      socket.send(ATTACH);
      socket.send(Buffer.from('early'));
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    open(undefined);
    await expect.poll(() => route.connections[0]?.received.length).toBe(2);
    expect(route.connections[0]!.received[0]).toBe(ATTACH);
  });
});
