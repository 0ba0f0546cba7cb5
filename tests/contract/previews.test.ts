import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openedPreviewSchema } from '../../src/protocol/preview.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { codeOf, PreviewFixture } from '../support/preview-fixture.ts';

let fixture: PreviewFixture;

beforeEach(async () => {
  fixture = await new PreviewFixture().start();
});

afterEach(async () => fixture[Symbol.asyncDispose]());

describe('a preview opens', () => {
  it('on its own origin, for its owner, with the pod’s page', async () => {
    fixture.servePod();
    const page = await fixture.browser.enter(await fixture.link());
    expect(page).toMatch(/^http:\/\/p-[a-z0-9]{24}\.localhost:4321\/$/);
    const answer = await fixture.browser.request(page);
    expect([answer.status, answer.body]).toEqual([200, '<a href="/next">GET / </a>']);
    expect(answer.headers['x-frame-options']).toBeUndefined();
    expect(answer.headers['content-security-policy']).toBe(
      "frame-ancestors 'self' http://localhost:4321",
    );
    // The site's own headers are not added.
    expect(answer.headers['x-content-type-options']).toBeUndefined();
  });

  it('at the path in the lab, from a pod that its labels select', async () => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    fixture.cluster.put('Pod', { metadata: { name: 'model-1', labels: { app: 'model' } }, status });
    fixture.cluster.podPorts.set('model-1:8000', fixture.app.port);
    const page = await fixture.browser.enter(await fixture.link('docs'));
    expect(page).toMatch(/localhost:4321\/docs\?v=1$/);
    expect((await fixture.browser.request(page)).body).toContain('/docs?v=1');
  });

  it('with a cookie of its host that scripts cannot read and frames can use', async () => {
    const { headers } = await fixture.browser.request(await fixture.link());
    expect(headers['set-cookie']).toHaveLength(1);
    expect(headers['set-cookie']?.[0]).toMatch(
      /^kindlab-preview=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    );
    expect(headers['cache-control']).toBe('no-store');
  });

  it('and accepts bodies of known and unknown length', async () => {
    fixture.servePod();
    const page = await fixture.browser.enter(await fixture.link());
    const { origin } = new URL(page);
    const post = async (headers: Record<string, string>): Promise<string> => {
      const options = { method: 'POST', body: 'hello', headers: { origin, ...headers } };
      return (await fixture.browser.request(`${origin}/form`, options)).body;
    };
    expect(await post({ 'content-length': '5' })).toContain('POST /form hello');
    expect(await post({ 'transfer-encoding': 'chunked' })).toContain('POST /form hello');
    // The connection to the pod is still the same and in step.
    expect((await fixture.browser.request(page)).body).toContain('GET /');
  });
});

describe('a preview refuses', () => {
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
  ])('a ticket %s', async (_what, more, status, code) => {
    const response = await fixture.request('page', more);
    expect([response.statusCode, codeOf(response.body)]).toEqual([status, code]);
  });

  it('a ticket for a preview that the lab does not have', async () => {
    const response = await fixture.request('other');
    expect([response.statusCode, codeOf(response.body)]).toEqual([404, 'LAB_PREVIEW_UNKNOWN']);
  });

  it('a ticket that has been used', async () => {
    fixture.servePod();
    const url = await fixture.link();
    await fixture.browser.enter(url);
    const thief = fixture.newBrowser();
    const again = await thief.request(url);
    expect([again.status, codeOf(again.body)]).toEqual([403, 'LAB_PREVIEW_FORBIDDEN']);
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  it('requests without its cookie, before anything reaches the pod', async () => {
    fixture.servePod();
    const url = new URL(await fixture.link());
    const page = await fixture.browser.enter(url.href);
    const other = fixture.newBrowser();
    await other.enter(await fixture.link('docs'));
    for (const cookie of [
      '',
      `kindlab-preview=${'a'.repeat(43)}`,
      other.cookie,
      fixture.owner.cookie,
    ]) {
      const visitor = fixture.newBrowser();
      visitor.cookie = cookie;
      const refused = await visitor.request(page);
      expect([refused.status, codeOf(refused.body)]).toEqual([403, 'LAB_PREVIEW_FORBIDDEN']);
      await expect(visitor.socket(page)).rejects.toThrow('403');
    }
    expect(fixture.app.requests).toEqual([]);
  });

  it('unsafe requests and sockets of other sites', async () => {
    fixture.servePod();
    const page = await fixture.browser.enter(await fixture.link());
    for (const origin of ['https://evil.example', 'http://localhost:4321', 'null']) {
      const refused = await fixture.browser.request(page, { method: 'POST', headers: { origin } });
      expect([refused.status, codeOf(refused.body)]).toEqual([403, 'LAB_ORIGIN_FORBIDDEN']);
      await expect(fixture.browser.socket(page, { origin })).rejects.toThrow('403');
    }
    expect(fixture.app.requests).toEqual([]);
  });

  it('requests to an unknown origin, which is not the site either', async () => {
    const answer = await fixture.browser.request(
      `http://p-${'z'.repeat(24)}.localhost:4321/api/status`,
    );
    expect([answer.status, codeOf(answer.body)]).toEqual([410, 'LAB_SESSION_ENDED']);
  });
});

it('the site and its previews respond only at their own origins', async () => {
  fixture.servePod();
  const page = await fixture.browser.enter(await fixture.link());
  const { origin } = new URL(page);
  expect((await fixture.browser.request(`${origin}/api/status`)).body).toContain('GET /api/status');
  const status = await fixture.browser.request('http://localhost:4321/api/status');
  expect(JSON.parse(status.body)).toHaveProperty('sandbox');
});

describe('without a page to show', () => {
  it.each([
    ['the Service is absent', () => undefined, 503, 'LAB_PREVIEW_ABSENT'],
    [
      'no pod is ready',
      () =>
        fixture.cluster.put('Service', {
          metadata: { name: 'web' },
          spec: { ports: [{ port: 80 }] },
        }),
      503,
      'LAB_PREVIEW_NOT_READY',
    ],
    [
      'the pod does not listen',
      () => {
        fixture.servePod();
        fixture.cluster.podPorts.clear();
      },
      502,
      'LAB_PREVIEW_SILENT',
    ],
  ])(
    'because %s, it shows a page that reloads, or a coded body',
    async (_what, prepare, status, code) => {
      prepare();
      const page = await fixture.browser.enter(await fixture.link());
      const shown = await fixture.browser.request(page, { headers: { accept: 'text/html' } });
      expect(shown.status).toBe(status);
      expect(shown.body).toContain(code);
      expect(shown.headers['x-kindlab-code']).toBe(code);
      expect(shown.body).toContain('location.reload()');
      const body = await fixture.browser.request(page);
      expect([body.status, codeOf(body.body)]).toEqual([status, code]);
      fixture.servePod();
      expect((await fixture.browser.request(page)).status).toBe(200);
    },
  );

  it('shows the language of the page that opened it', async () => {
    const response = await fixture.request('page', { payload: { language: 'ja' } });
    const page = await fixture.browser.enter(openedPreviewSchema.parse(response.json()).url);
    const shown = await fixture.browser.request(page, { headers: { accept: 'text/html' } });
    expect(shown.body).toContain('<html lang="ja">');
  });
});

it('a frozen session wakes when the learner opens a preview, not when a page polls', async () => {
  await fixture[Symbol.asyncDispose]();
  fixture = await new PreviewFixture().start({ freezeSeconds: 0.05 });
  fixture.servePod();
  const page = await fixture.browser.enter(await fixture.link());
  expect(fixture.server.provider.thaws).toBe(1);
  await until(() => fixture.session.state === 'frozen');
  const polled = await fixture.browser.request(page);
  expect([polled.status, codeOf(polled.body)]).toEqual([503, 'LAB_PREVIEW_ASLEEP']);
  expect(fixture.server.provider.thaws).toBe(1);
  const clicked = await fixture.browser.request(page, { headers: { 'sec-fetch-user': '?1' } });
  expect([clicked.status, fixture.server.provider.thaws]).toEqual([200, 2]);
});

it('the site’s pages may frame previews, and nothing else', async () => {
  const response = await fixture.server.request('GET', '/');
  const policy = String(response.headers['content-security-policy']);
  expect(policy).toContain('frame-src http://*.localhost:4321;');
  expect(policy).toContain("frame-ancestors 'none'");
});
