import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { openedPreviewSchema } from '../../src/protocol/preview.ts';
import { FakeApiServer } from '../support/fake-api-server.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { FakeWebApp } from '../support/fake-web-app.ts';
import { PreviewBrowser } from '../support/preview-browser.ts';
import { TestServer } from '../../tools/support/test-server.ts';

/** The whole way, but for the cluster: browser, server, port-forward of an API server, a pod's web server. */

/** For so long a stream that somebody holds back does not move. */
const STILL_MS = 200;

let server: TestServer;
let cluster: FakeApiServer;
let app: FakeWebApp;
let port: number;
let browser: PreviewBrowser;
let owner: Awaited<ReturnType<TestServer['create']>>;

beforeEach(async () => {
  server = await new TestServer().start();
  cluster = await new FakeApiServer().start();
  app = await new FakeWebApp().start();
  server.provider.kubeConfig = cluster.kubeConfig();
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  ({ port } = server.app.server.address() as AddressInfo);
  browser = new PreviewBrowser(port);
  owner = await server.create();
  await until(() => live().state === 'ready');
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

function live(): ReturnType<TestServer['sessions']['get']> {
  return server.sessions.get(owner.session.id, owner.cookie.split('=')[1]);
}

/** The Service `web` and a pod behind it, which the web app stands for. */
function serve(): void {
  cluster.servePod({ service: 'web', port: 80 }, { pod: 'web-1', port: 8080 }, app.port);
}

/** An answer of the web app that comes for as long as somebody reads it. */
async function largeAnswer(): Promise<http.IncomingMessage> {
  const { host } = new URL(await browser.enter(await address()));
  const call = http.get({
    ...{ host: '127.0.0.1', port, path: '/large', agent: false },
    headers: { host, cookie: browser.cookie },
  });
  const [answer] = (await once(call, 'response')) as [http.IncomingMessage];
  return answer;
}

async function ask(
  preview = 'page',
  more: Parameters<TestServer['request']>[2] = {},
): Promise<ReturnType<TestServer['request']>> {
  const url = `/api/sessions/${owner.session.id}/previews/${preview}`;
  return server.request('POST', url, { cookie: owner.cookie, payload: {}, ...more });
}

/** The address of a preview, for who may have it. */
async function address(preview = 'page'): Promise<string> {
  const response = await ask(preview);
  expect(response.statusCode).toBe(201);
  return openedPreviewSchema.parse(response.json()).url;
}

function codeOf(body: string): string {
  return errorBodySchema.parse(JSON.parse(body)).error.code;
}

describe('a preview opens', () => {
  it('on an origin of its own, for its owner, with what the pod serves', async () => {
    serve();
    const page = await browser.enter(await address());
    expect(page).toMatch(/^http:\/\/p-[a-z0-9]{24}\.localhost:4321\/$/);
    const answer = await browser.request(page);
    expect([answer.status, answer.body]).toEqual([200, '<a href="/next">GET / </a>']);
    expect(answer.headers['x-frame-options']).toBeUndefined();
    expect(answer.headers['content-security-policy']).toBe(
      "frame-ancestors 'self' http://localhost:4321",
    );
    // Of the site's own headers, none.
    expect(answer.headers['x-content-type-options']).toBeUndefined();
  });

  it('where its lab says, in a pod that its labels name', async () => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    cluster.put('Pod', { metadata: { name: 'model-1', labels: { app: 'model' } }, status });
    cluster.podPorts.set('model-1:8000', app.port);
    const page = await browser.enter(await address('docs'));
    expect(page).toMatch(/localhost:4321\/docs\?v=1$/);
    expect((await browser.request(page)).body).toContain('/docs?v=1');
  });

  it('with a cookie of its own host that no script reads and a frame may have', async () => {
    const { headers } = await browser.request(await address());
    expect(headers['set-cookie']).toHaveLength(1);
    expect(headers['set-cookie']?.[0]).toMatch(
      /^kindlab-preview=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    );
    expect(headers['cache-control']).toBe('no-store');
  });

  it('and takes bodies of known and unknown length', async () => {
    serve();
    const page = await browser.enter(await address());
    const { origin } = new URL(page);
    const post = async (headers: Record<string, string>): Promise<string> => {
      const options = { method: 'POST', body: 'hello', headers: { origin, ...headers } };
      return (await browser.request(`${origin}/form`, options)).body;
    };
    expect(await post({ 'content-length': '5' })).toContain('POST /form hello');
    expect(await post({ 'transfer-encoding': 'chunked' })).toContain('POST /form hello');
    // The connection to the pod is the same, and still in step.
    expect((await browser.request(page)).body).toContain('GET /');
  });
});

describe('nobody else gets in', () => {
  it.each([
    ['without a cookie', { cookie: '' }, 403, 'LAB_SESSION_FORBIDDEN'],
    [
      'with another owner’s',
      { cookie: `kindlab-owner=${'x'.repeat(43)}` },
      403,
      'LAB_SESSION_FORBIDDEN',
    ],
    ['from another site', { origin: 'https://evil.example' }, 403, 'LAB_ORIGIN_FORBIDDEN'],
    ['from nowhere', { origin: null }, 403, 'LAB_ORIGIN_FORBIDDEN'],
    ['from another preview', { origin: 'http://p-x.localhost:4321' }, 403, 'LAB_ORIGIN_FORBIDDEN'],
  ])('%s there is no ticket', async (_what, more, status, code) => {
    const response = await ask('page', more);
    expect([response.statusCode, codeOf(response.body)]).toEqual([status, code]);
  });

  it('a preview that the lab does not have has no ticket', async () => {
    const response = await ask('other');
    expect([response.statusCode, codeOf(response.body)]).toEqual([404, 'LAB_PREVIEW_UNKNOWN']);
  });

  it('a ticket opens once', async () => {
    serve();
    const url = await address();
    await browser.enter(url);
    const thief = new PreviewBrowser(port);
    const again = await thief.request(url);
    expect([again.status, codeOf(again.body)]).toEqual([403, 'LAB_PREVIEW_FORBIDDEN']);
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  it('without the cookie, with a guess, or with that of another preview nothing reaches the pod', async () => {
    serve();
    const url = new URL(await address());
    const page = await browser.enter(url.href);
    const other = new PreviewBrowser(port);
    await other.enter(await address('docs'));
    for (const cookie of ['', `kindlab-preview=${'a'.repeat(43)}`, other.cookie, owner.cookie]) {
      const visitor = new PreviewBrowser(port);
      visitor.cookie = cookie;
      const refused = await visitor.request(page);
      expect([refused.status, codeOf(refused.body)]).toEqual([403, 'LAB_PREVIEW_FORBIDDEN']);
      await expect(visitor.socket(page)).rejects.toThrow('403');
    }
    expect(app.requests).toEqual([]);
  });

  it('another site cannot act in the learner’s name, nor open a socket', async () => {
    serve();
    const page = await browser.enter(await address());
    for (const origin of ['https://evil.example', 'http://localhost:4321', 'null']) {
      const refused = await browser.request(page, { method: 'POST', headers: { origin } });
      expect([refused.status, codeOf(refused.body)]).toEqual([403, 'LAB_ORIGIN_FORBIDDEN']);
      await expect(browser.socket(page, { origin })).rejects.toThrow('403');
    }
    expect(app.requests).toEqual([]);
  });

  it('an unknown origin is neither a preview nor the site', async () => {
    const answer = await browser.request(`http://p-${'z'.repeat(24)}.localhost:4321/api/status`);
    expect([answer.status, codeOf(answer.body)]).toEqual([410, 'LAB_SESSION_ENDED']);
  });

  it('the site is not at a preview’s origin, nor a preview at the site’s', async () => {
    serve();
    const page = await browser.enter(await address());
    const { origin } = new URL(page);
    expect((await browser.request(`${origin}/api/status`)).body).toContain('GET /api/status');
    const status = await browser.request('http://localhost:4321/api/status');
    expect(JSON.parse(status.body)).toHaveProperty('sandbox');
  });
});

describe('between browser and pod', () => {
  it('our cookies stay with us, and the pod sets none for others', async () => {
    serve();
    const page = await browser.enter(await address());
    browser.cookie += `; ${owner.cookie}; app=1`;
    const { headers } = await browser.request(page);
    expect(app.requests.map((each) => each.headers.cookie)).toEqual(['app=1']);
    expect(headers['set-cookie']).toEqual(['app=1; Path=/; Secure; SameSite=None; Partitioned']);
    const socket = await browser.socket(page);
    expect(app.requests.at(-1)?.headers.cookie).toBe('app=1');
    socket.terminate();
  });

  it('a WebSocket carries what it is given, both ways', async () => {
    serve();
    const page = await browser.enter(await address());
    const socket = await browser.socket(page);
    for (const message of ['hello', 'x'.repeat(1024 * 1024)]) {
      const echoed = once(socket, 'message');
      socket.send(message);
      expect(String((await echoed)[0])).toBe(message);
    }
    socket.close();
    await until(() => app.sockets === 0);
  });

  // Many MB, in the end read whole: on a machine that does other things that takes longer than a test usually may.
  it('a reader who is slow slows the pod', { timeout: 30_000 }, async () => {
    serve();
    const answer = await largeAnswer();
    let before = -1;
    while (app.written !== before) {
      before = app.written;
      await delay(STILL_MS);
    }
    expect(before).toBeLessThan(app.largeBytes / 2);
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) size += chunk.length;
    expect(size).toBe(app.largeBytes);
  });
});

describe('before there is something to see', () => {
  it.each([
    ['the Service is absent', () => undefined, 503, 'LAB_PREVIEW_ABSENT'],
    [
      'no pod is ready',
      () => cluster.put('Service', { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } }),
      503,
      'LAB_PREVIEW_NOT_READY',
    ],
    [
      'the pod does not listen',
      () => {
        serve();
        cluster.podPorts.clear();
      },
      502,
      'LAB_PREVIEW_SILENT',
    ],
  ])('%s: a page that looks again, or a coded body', async (_what, prepare, status, code) => {
    prepare();
    const page = await browser.enter(await address());
    const shown = await browser.request(page, { headers: { accept: 'text/html' } });
    expect(shown.status).toBe(status);
    expect(shown.body).toContain(code);
    expect(shown.headers['x-kindlab-code']).toBe(code);
    expect(shown.body).toContain('location.reload()');
    const told = await browser.request(page);
    expect([told.status, codeOf(told.body)]).toEqual([status, code]);
    serve();
    expect((await browser.request(page)).status).toBe(200);
  });

  it('speaks the language of the page that opened it', async () => {
    const response = await ask('page', { payload: { language: 'ja' } });
    const page = await browser.enter(openedPreviewSchema.parse(response.json()).url);
    const shown = await browser.request(page, { headers: { accept: 'text/html' } });
    expect(shown.body).toContain('<html lang="ja">');
  });
});

it('a session that sleeps wakes for who opens it, not for what a page asks by itself', async () => {
  await server[Symbol.asyncDispose]();
  server = await new TestServer().start({ freezeSeconds: 0.05 });
  server.provider.kubeConfig = cluster.kubeConfig();
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  browser = new PreviewBrowser((server.app.server.address() as AddressInfo).port);
  owner = await server.create();
  await until(() => live().state === 'frozen');
  serve();
  const page = await browser.enter(await address());
  expect(server.provider.thaws).toBe(1);
  await until(() => live().state === 'frozen');
  const asked = await browser.request(page);
  expect([asked.status, codeOf(asked.body)]).toEqual([503, 'LAB_PREVIEW_ASLEEP']);
  expect(server.provider.thaws).toBe(1);
  const clicked = await browser.request(page, { headers: { 'sec-fetch-user': '?1' } });
  expect([clicked.status, server.provider.thaws]).toEqual([200, 2]);
});

describe('when the session ends', () => {
  it('its sockets end, its connections close, and its origin is gone', async () => {
    serve();
    const page = await browser.enter(await address());
    const socket = await browser.socket(page);
    const closed = once(socket, 'close');
    await browser.request(page);
    await server.sessions.end(live(), 'deleted');
    await closed;
    await until(() => app.sockets === 0 && cluster.connections === 0);
    const answer = await browser.request(page, { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(410);
    expect(answer.body).toContain('LAB_SESSION_ENDED');
  });

  it('a response on its way ends too', async () => {
    serve();
    const answer = await largeAnswer();
    const broken = once(answer, 'error');
    await server.sessions.end(live(), 'deleted');
    answer.resume();
    await broken;
  });
});

it('connections of one session are counted', async () => {
  serve();
  const page = await browser.enter(await address());
  const sockets = [];
  for (let i = 0; i < 48; i++) sockets.push(await browser.socket(page));
  await expect(browser.socket(page)).rejects.toThrow('429');
  const refused = await browser.request(page);
  expect([refused.status, codeOf(refused.body)]).toEqual([429, 'LAB_LIMIT_RATE']);
  sockets.pop()?.terminate();
  await until(() => app.sockets === 47);
  expect((await browser.request(page)).status).toBe(200);
  for (const socket of sockets) socket.terminate();
});

it('the site’s pages may show previews in frames, and nothing else', async () => {
  const response = await server.request('GET', '/');
  const policy = String(response.headers['content-security-policy']);
  expect(policy).toContain('frame-src http://*.localhost:4321;');
  expect(policy).toContain("frame-ancestors 'none'");
});
