import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../tools/support/fake-provider.ts';
import { codeOf, PreviewFixture } from '../support/preview-fixture.ts';

/** A stream that made no progress for this long is held back. */
const STILL_MS = 200;

let fixture: PreviewFixture;

beforeEach(async () => {
  fixture = await new PreviewFixture().start();
});

afterEach(async () => fixture[Symbol.asyncDispose]());

/** A response of the web app that lasts as long as it is read. */
async function largeResponse(): Promise<http.IncomingMessage> {
  const { browser, port } = fixture;
  const { host } = new URL(await browser.enter(await fixture.link()));
  const call = http.get({
    ...{ host: '127.0.0.1', port, path: '/large', agent: false },
    headers: { host, cookie: browser.cookie },
  });
  const [response] = (await once(call, 'response')) as [http.IncomingMessage];
  return response;
}

describe('between browser and pod', () => {
  it('our cookies are removed, and the pod sets cookies only for its host', async () => {
    fixture.servePod();
    const page = await fixture.browser.enter(await fixture.link());
    fixture.browser.cookie += `; ${fixture.owner.cookie}; app=1`;
    const { headers } = await fixture.browser.request(page);
    expect(fixture.app.requests.map((each) => each.headers.cookie)).toEqual(['app=1']);
    expect(headers['set-cookie']).toEqual(['app=1; Path=/; Secure; SameSite=None; Partitioned']);
    const socket = await fixture.browser.socket(page);
    expect(fixture.app.requests.at(-1)?.headers.cookie).toBe('app=1');
    socket.terminate();
  });

  it('a WebSocket carries messages both ways', async () => {
    fixture.servePod();
    const page = await fixture.browser.enter(await fixture.link());
    const socket = await fixture.browser.socket(page);
    for (const message of ['hello', 'x'.repeat(1024 * 1024)]) {
      const echoed = once(socket, 'message');
      socket.send(message);
      expect(String((await echoed)[0])).toBe(message);
    }
    socket.close();
    await until(() => fixture.app.sockets === 0);
  });

  // It reads 64 MiB in the end, which takes a while on a busy machine.
  it('a slow reader slows down the pod', { timeout: 30_000 }, async () => {
    fixture.servePod();
    const answer = await largeResponse();
    let before = -1;
    while (fixture.app.written !== before) {
      before = fixture.app.written;
      await delay(STILL_MS);
    }
    expect(before).toBeLessThan(fixture.app.largeBytes / 2);
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) size += chunk.length;
    expect(size).toBe(fixture.app.largeBytes);
  });
});

describe('when the session ends', () => {
  it('its sockets and connections close, and its origin is gone', async () => {
    fixture.servePod();
    const page = await fixture.browser.enter(await fixture.link());
    const socket = await fixture.browser.socket(page);
    const closed = once(socket, 'close');
    await fixture.browser.request(page);
    await fixture.server.sessions.end(fixture.session, 'deleted');
    await closed;
    await until(() => fixture.app.sockets === 0 && fixture.cluster.connections === 0);
    const answer = await fixture.browser.request(page, { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(410);
    expect(answer.body).toContain('LAB_SESSION_ENDED');
  });

  it('a response that is being sent breaks off', async () => {
    fixture.servePod();
    const answer = await largeResponse();
    const broken = once(answer, 'error');
    await fixture.server.sessions.end(fixture.session, 'deleted');
    answer.resume();
    await broken;
  });
});

it('the connections of one session are limited', async () => {
  fixture.servePod();
  const page = await fixture.browser.enter(await fixture.link());
  const sockets = [];
  for (let i = 0; i < 48; i++) sockets.push(await fixture.browser.socket(page));
  await expect(fixture.browser.socket(page)).rejects.toThrow('429');
  const refused = await fixture.browser.request(page);
  expect([refused.status, codeOf(refused.body)]).toEqual([429, 'LAB_LIMIT_RATE']);
  sockets.pop()?.terminate();
  await until(() => fixture.app.sockets === 47);
  expect((await fixture.browser.request(page)).status).toBe(200);
  for (const socket of sockets) socket.terminate();
});
