import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { statusSchema } from '../../src/protocol/status.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { codeOf, testLab, TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;

beforeEach(async () => {
  server = await new TestServer().start();
});

afterEach(async () => server[Symbol.asyncDispose]());

describe('a bad request', () => {
  it.each([
    ['no lab', {}, 400, 'LAB_INPUT_INVALID'],
    ['an unknown field', { lab: testLab.id, image: 'evil' }, 400, 'LAB_INPUT_INVALID'],
    ['a path for the lab', { lab: '../../etc/passwd' }, 400, 'LAB_INPUT_INVALID'],
    ['an unknown lab', { lab: 'concepts/none' }, 404, 'LAB_LAB_UNKNOWN'],
    ['broken JSON', '{"lab":', 400, 'LAB_INPUT_INVALID'],
    ['too many bytes', JSON.stringify({ lab: 'x'.repeat(70_000) }), 413, 'LAB_INPUT_TOO_LARGE'],
  ])('with %s gets a coded answer', async (_, payload, status, code) => {
    const response = await server.request('POST', '/api/sessions', { payload });
    expect([response.statusCode, codeOf(response)]).toEqual([status, code]);
    const { message, hint } = errorBodySchema.parse(response.json()).error;
    expect(message).not.toBe('');
    expect(hint).not.toBe('');
    expect((await server.request('GET', '/api/status')).statusCode).toBe(200);
  });

  it('is answered with the name of the wrong field', async () => {
    const response = await server.request('POST', '/api/sessions', { payload: { lab: 7 } });
    expect(errorBodySchema.parse(response.json()).error.message).toContain(' lab: ');
    const nothing = await server.request('POST', '/api/sessions');
    expect(errorBodySchema.parse(nothing.json()).error.message).toContain(' body: ');
  });

  it.each([
    ['another site', 'https://evil.example'],
    ['another port of this machine', 'http://localhost:3000'],
    ['an opaque origin', 'null'],
    ['no origin', null],
  ])('from %s changes nothing', async (_, origin) => {
    const response = await server.request('POST', '/api/sessions', {
      payload: { lab: testLab.id },
      origin,
    });
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'LAB_ORIGIN_FORBIDDEN']);
    expect(response.cookies).toEqual([]);
    expect(server.provider.starts).toBe(0);
  });

  it('from a page whose name was rebound to this address changes nothing', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/sessions',
      headers: { host: 'evil.example:4321', origin: 'http://evil.example:4321' },
      payload: { lab: testLab.id },
    });
    expect(response.statusCode).toBe(403);
  });

  it('to an unknown address gets 404', async () => {
    const api = await server.request('GET', '/api/nothing');
    expect([api.statusCode, codeOf(api)]).toEqual([404, 'LAB_NOT_FOUND']);
    const malformed = await server.request('GET', '/api/sessions/UPPER');
    expect([malformed.statusCode, codeOf(malformed)]).toEqual([400, 'LAB_INPUT_INVALID']);
    const page = await server.request('GET', '/en/nothing/');
    expect(page.statusCode).toBe(404);
    expect(page.body).toContain('not here');
    // A browser that has seen the page before asks whether it has changed.
    const again = await server.app.inject({
      url: '/en/nothing/',
      headers: { 'if-none-match': String(page.headers.etag), range: 'bytes=0-1' },
    });
    expect([again.statusCode, again.body]).toEqual([404, page.body]);
  });

  it('to a malformed address gets a coded answer', async () => {
    const response = await server.request('GET', '/en/%');
    expect([response.statusCode, codeOf(response)]).toEqual([400, 'LAB_INPUT_INVALID']);
  });
});

describe('the server', () => {
  it('has a status and refuses sessions while the sandbox is being prepared', async () => {
    await using early = await new TestServer().start({ isPrepared: false });
    early.status = {
      state: 'preparing',
      progress: 0.3,
      message: 'Building.',
      stages: [],
      notes: [],
    };
    const status = statusSchema.parse((await early.request('GET', '/api/status')).json());
    expect(status.sandbox).toMatchObject({ state: 'preparing', progress: 0.3 });
    const response = await early.request('POST', '/api/sessions', {
      payload: { lab: testLab.id },
    });
    expect([response.statusCode, codeOf(response)]).toEqual([503, 'LAB_SANDBOX_PREPARING']);
  });

  it('describes itself in OpenAPI', async () => {
    const { paths } = (await server.request('GET', '/api/openapi.json')).json<{ paths: object }>();
    expect(Object.keys(paths).sort()).toEqual([
      '/api/sessions',
      '/api/sessions/{id}',
      '/api/sessions/{id}/checks',
      '/api/sessions/{id}/events',
      '/api/sessions/{id}/files',
      '/api/sessions/{id}/files/{*}',
      '/api/sessions/{id}/nodes/{name}/{to}',
      '/api/sessions/{id}/openapi',
      '/api/sessions/{id}/openapi/{*}',
      '/api/sessions/{id}/previews/{preview}',
      '/api/sessions/{id}/steps/{step}/check',
      '/api/sessions/{id}/terminals/{n}',
      '/api/status',
    ]);
  });

  it('serves the site with a policy that allows neither foreign nor inline scripts', async () => {
    const page = await server.request('GET', '/');
    expect(page.body).toContain('start');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/(?<!wasm-)unsafe-eval/);
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('marks the sessions of a dead server as lost, and sweeps their sandboxes', async () => {
    const { session, cookie } = await server.create();
    await until(() => server.provider.existing.size === 1);
    await using next = new TestServer();
    // As a new process finds it: the same sandboxes in the provider, and the same rows.
    next.store.saveSession({
      id: session.id,
      lab: testLab.id,
      ownerHash: server.store.findSession(session.id)!.ownerHash,
      state: 'ready',
      createdAt: new Date(),
      expiresAt: new Date(),
      stages: [],
      end: undefined,
    });
    next.provider.existing.add(session.id);
    await next.start();
    expect(next.provider.swept).toEqual([session.id]);
    const response = await next.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(response.json()).toMatchObject({ state: 'gone', end: { reason: 'lost' } });
  });
});
