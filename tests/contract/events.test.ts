import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type SessionEvent, sessionEventSchema } from '../../src/protocol/events.ts';
import { SUBPROTOCOL } from '../../src/protocol/tty.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;
let address: string;

beforeEach(async () => {
  server = await new TestServer().start();
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  address = `127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});

afterEach(async () => server[Symbol.asyncDispose]());

/** Reads a session's events until the server ends the stream. */
async function follow(id: string, cookie: string, onEvent: (event: SessionEvent) => void) {
  const response = await fetch(`http://${address}/api/sessions/${id}/events`, {
    headers: { cookie },
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event && data)
        onEvent(sessionEventSchema.parse({ event, data: JSON.parse(data) as unknown }));
    }
  }
}

describe('the events of a session', () => {
  it('start with the whole state, report every change, and end with the session', async () => {
    const { session, cookie } = await server.create();
    await until(() => server.sessions.get(session.id, cookie.split('=')[1]).state === 'ready');
    const received: SessionEvent[] = [];
    const stream = follow(session.id, cookie, (event) => received.push(event));
    await until(() => received.length === 3);
    expect(received.map(({ event }) => event)).toEqual(['session', 'cluster', 'check']);
    expect(received[1]!.data).toEqual({ type: 'reset', objects: [] });
    await server.request('POST', `/api/sessions/${session.id}/steps/first/check`, { cookie });
    await until(() => received.length === 4);
    expect(received[3]).toMatchObject({ event: 'check', data: { outcome: 'pass' } });
    await server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    await stream;
    expect(received.at(-1)).toMatchObject({
      event: 'session',
      data: { state: 'gone', end: { reason: 'deleted' } },
    });
  });

  it('end when the server closes', async () => {
    const { session, cookie } = await server.create();
    let events = 0;
    const stream = follow(session.id, cookie, () => events++);
    await until(() => events > 0);
    await server.app.close();
    await stream;
  });
});

describe('the socket of a terminal', () => {
  async function dial(headers: Record<string, string>, id: string): Promise<string> {
    const socket = new WebSocket(`ws://${address}/api/sessions/${id}/terminals/0`, SUBPROTOCOL, {
      headers,
    });
    return new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) =>
        resolve(`refused ${response.statusCode ?? 0}`),
      );
      socket.once('close', (code) => resolve(`closed ${code}`));
      socket.once('message', (data) => {
        resolve((data as Buffer).toString());
        socket.close();
      });
      socket.once('open', () =>
        socket.send('{"type":"attach","cols":80,"rows":24,"lastOffset":0}'),
      );
    });
  }

  it('opens only for the owner on our own page', async () => {
    const { session, cookie } = await server.create();
    await until(() => server.sessions.get(session.id, cookie.split('=')[1]).state === 'ready');
    const origin = `http://${address}`;
    const { id } = session;
    expect(await dial({ cookie, origin }, id)).toContain('"attach"');
    expect(await dial({ origin }, id)).toBe('closed 4003');
    expect(await dial({ cookie, origin: 'https://evil.example' }, id)).toBe('refused 403');
    expect(await dial({ cookie }, id)).toBe('refused 403');
    expect(await dial({ cookie, origin }, 'abcdefabcdef')).toBe('closed 4404');
    await server.request('DELETE', `/api/sessions/${id}`, { cookie });
    expect(await dial({ cookie, origin }, id)).toBe('closed 4410');
  });
});
