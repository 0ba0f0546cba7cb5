import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabError } from '../../sandbox/errors.ts';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { nodeImageSchema } from '../../src/protocol/lab.ts';
import { sessionSchema } from '../../src/protocol/session.ts';
import { statusSchema } from '../../src/protocol/status.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { heavyLab, testLab, TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;

beforeEach(async () => {
  server = await new TestServer().start();
});

afterEach(async () => server[Symbol.asyncDispose]());

function codeOf(response: { json: () => unknown }): string {
  return errorBodySchema.parse(response.json()).error.code;
}

describe('a session', () => {
  it('is created for a new owner, gets ready, and ends with 204', async () => {
    const response = await server.request('POST', '/api/sessions', {
      payload: { lab: testLab.id },
    });
    expect(response.statusCode).toBe(201);
    const created = sessionSchema.parse(response.json());
    expect(created.stages.map(({ id }) => id)).toEqual([
      'network',
      'nodes',
      'control-plane',
      'workers',
      'workstation',
    ]);
    const [cookie] = response.cookies;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    const owner = `${cookie!.name}=${cookie!.value}`;
    const url = `/api/sessions/${created.id}`;
    const state = async (): Promise<string> =>
      sessionSchema.parse((await server.request('GET', url, { cookie: owner })).json()).state;
    await until(() => server.sessions.get(created.id, cookie!.value).state === 'ready');
    expect(await state()).toBe('ready');
    expect(created.secondsLeft).toBeCloseTo(3600, -1);
    expect((await server.request('DELETE', url, { cookie: owner })).statusCode).toBe(204);
    expect(server.provider.existing.size).toBe(0);
    expect(await state()).toBe('gone');
    expect((await server.request('DELETE', url, { cookie: owner })).statusCode).toBe(204);
    const checks = await server.request('GET', `${url}/checks`, { cookie: owner });
    expect([checks.statusCode, codeOf(checks)]).toEqual([410, 'LAB_SESSION_ENDED']);
  });

  it('can begin at a later step: it is ready when the steps before are solved', async () => {
    const { session, cookie } = await server.create(undefined, 'later');
    expect(session.stages.map(({ id }) => id)).toContain('steps');
    const owner = cookie.split('=')[1] ?? '';
    await until(() => server.sessions.get(session.id, owner).state === 'ready');
    const { stages } = server.sessions.get(session.id, owner).toJson();
    expect(stages.at(-1)).toMatchObject({ id: 'steps', state: 'done' });
  });

  it('is refused at a step that the lab has not', async () => {
    const payload = { lab: testLab.id, step: 'nowhere' };
    const response = await server.request('POST', '/api/sessions', { payload });
    expect([response.statusCode, codeOf(response)]).toEqual([404, 'LAB_STEP_UNKNOWN']);
    expect(server.provider.starts).toBe(0);
  });

  it('keeps its owner for the next', async () => {
    const first = await server.create();
    const second = await server.create(first.cookie);
    expect(second.cookie).toBe(first.cookie);
    expect(second.session.id).not.toBe(first.session.id);
  });

  it.each([
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/checks'],
    ['GET', '/events'],
    ['POST', '/steps/first/check'],
    ['POST', '/nodes/worker/stop'],
  ] as const)('shows %s %s to its owner alone', async (method, path) => {
    const { session } = await server.create();
    const other = await server.create();
    const url = `/api/sessions/${session.id}${path}`;
    for (const cookie of [undefined, other.cookie, 'kindlab-owner=x']) {
      const response = await server.request(method, url, cookie === undefined ? {} : { cookie });
      expect([response.statusCode, codeOf(response)]).toEqual([403, 'LAB_SESSION_FORBIDDEN']);
    }
    const unknown = await server.request(method, `/api/sessions/abcdefabcdef${path}`, {
      cookie: other.cookie,
    });
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([404, 'LAB_SESSION_UNKNOWN']);
  });

  it('that fails tells the stage, undoes itself, and leaves room for a retry', async () => {
    server.provider.behave = async ({ onStage }) => {
      onStage('network', 'start');
      onStage('network', 'done');
      onStage('nodes', 'start');
      return Promise.reject(new LabError('LAB_DISK_FULL', 'no space left on device'));
    };
    const { session, cookie } = await server.create();
    await until(() => server.sessions.count().active === 0);
    const body = sessionSchema.parse(
      (await server.request('GET', `/api/sessions/${session.id}`, { cookie })).json(),
    );
    expect(body.state).toBe('failed');
    expect(body.end?.error).toMatchObject({ code: 'LAB_DISK_FULL' });
    expect(body.end?.error?.hint).not.toBe('');
    expect(body.stages.filter(({ state }) => state === 'failed').map(({ id }) => id)).toEqual([
      'nodes',
    ]);
    expect(server.provider.existing.size).toBe(0);
    server.provider.behave = async () => Promise.resolve();
    await server.create(cookie);
  });

  it('that is ended while it starts is undone', async () => {
    server.provider.behave = async ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const { session, cookie } = await server.create();
    await until(() => server.provider.existing.size === 1);
    const response = await server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    expect(response.statusCode).toBe(204);
    expect(server.provider.existing.size).toBe(0);
  });

  it('that reaches its time limit ends as expired', async () => {
    await using brief = await new TestServer().start({ sessionSeconds: 0.2 });
    const { session, cookie } = await brief.create();
    await until(() => brief.sessions.count().active === 0);
    const response = await brief.request('GET', `/api/sessions/${session.id}`, { cookie });
    expect(response.json()).toMatchObject({
      state: 'gone',
      secondsLeft: 0,
      end: { reason: 'expired' },
    });
    expect(brief.provider.existing.size).toBe(0);
  });

  it('is refused when all places are taken, and starts wait their turn two at a time', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    server.provider.behave = async () => gate;
    const { cookie } = await server.create();
    await server.create(cookie);
    const third = await server.create(cookie);
    expect(third.session.state).toBe('queued');
    expect(server.sessions.count()).toMatchObject({ active: 2, queued: 1, limit: 3 });
    const full = await server.request('POST', '/api/sessions', { payload: { lab: testLab.id } });
    expect([full.statusCode, codeOf(full)]).toEqual([503, 'LAB_CAPACITY_FULL']);
    expect(full.headers['retry-after']).toBeDefined();
    go();
    await until(() => server.provider.starts === 3);
  });

  it('is refused while the images that its lab needs are still made, and others are not', async () => {
    const payload = { lab: heavyLab.id };
    const early = await server.request('POST', '/api/sessions', { payload });
    expect([early.statusCode, codeOf(early)]).toEqual([503, 'LAB_IMAGES_PREPARING']);
    await server.create();
    server.provider.holds = nodeImageSchema.options;
    const later = await server.request('POST', '/api/sessions', { payload });
    expect(later.statusCode).toBe(201);
  });

  it('is refused when the machine has not the memory that its lab takes', async () => {
    server.provider.holds = nodeImageSchema.options;
    server.room = 4;
    const payload = { lab: heavyLab.id };
    const refused = await server.request('POST', '/api/sessions', { payload });
    expect([refused.statusCode, codeOf(refused)]).toEqual([503, 'LAB_CAPACITY_FULL']);
    expect(refused.body).toContain('3000 MiB');
    server.room = 5;
    expect((await server.request('POST', '/api/sessions', { payload })).statusCode).toBe(201);
  });

  it('asks its checks on request', async () => {
    const { session, cookie } = await server.create();
    const url = `/api/sessions/${session.id}`;
    await until(() => server.sessions.get(session.id, cookie.split('=')[1]).state === 'ready');
    const before = await server.request('GET', `${url}/checks`, { cookie });
    expect(before.json()).toMatchObject({ checks: [{ check: 'there', outcome: 'pending' }] });
    const asked = await server.request('POST', `${url}/steps/first/check`, { cookie });
    expect(asked.json()).toMatchObject({ checks: [{ check: 'there', outcome: 'pass' }] });
    const unknown = await server.request('POST', `${url}/steps/second/check`, { cookie });
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([404, 'LAB_STEP_UNKNOWN']);
  });

  it('stops and starts its workers, and no other node', async () => {
    const { session, cookie } = await server.create();
    const change = async (path: string) =>
      server.request('POST', `/api/sessions/${session.id}/nodes/${path}`, { cookie });
    const stopped = { node: 'worker2', power: 'off', changed: true };
    expect((await change('worker2/stop')).json()).toEqual(stopped);
    expect((await change('worker2/stop')).json()).toEqual({ ...stopped, changed: false });
    expect([...server.provider.off]).toEqual(['worker2']);
    expect((await change('worker2/start')).json()).toMatchObject({ power: 'on', changed: true });
    for (const [path, status, code] of [
      ['control-plane/stop', 409, 'LAB_NODE_VITAL'],
      ['worker9/stop', 404, 'LAB_NODE_UNKNOWN'],
      ['worker/explode', 400, 'LAB_INPUT_INVALID'],
      ['..%2Fworker/stop', 400, 'LAB_INPUT_INVALID'],
    ] as const) {
      const response = await change(path);
      expect([response.statusCode, codeOf(response)]).toEqual([status, code]);
    }
    expect(server.provider.off.size).toBe(0);
  });

  it('answers what its workstation asks', async () => {
    const { session, cookie } = await server.create();
    await until(() => server.sessions.get(session.id, cookie.split('=')[1]).state === 'ready');
    const handler = server.provider.labCommands.get(session.id)!;
    const signal = AbortSignal.timeout(3_000);
    expect(await handler.power('worker2', 'stop', signal)).toBe(true);
    expect([...server.provider.off]).toEqual(['worker2']);
    await expect(handler.power('control-plane', 'stop', signal)).rejects.toThrow(
      'cannot be stopped',
    );
    await expect(handler.check!('second', signal)).rejects.toThrow('no step');
    // All that is pending is asked, and nothing is left.
    expect(await handler.check!(undefined, signal)).toEqual({ checks: [] });
    expect(await handler.check!('first', signal)).toMatchObject({
      step: 'first',
      checks: [{ outcome: 'pass' }],
    });
    await server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    await expect(handler.power('worker2', 'start', signal)).rejects.toThrow('Session');
  });

  it('cannot be asked before it is ready', async () => {
    server.provider.behave = async ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const { session, cookie } = await server.create();
    const response = await server.request('POST', `/api/sessions/${session.id}/steps/first/check`, {
      cookie,
    });
    expect([response.statusCode, codeOf(response)]).toEqual([409, 'LAB_SESSION_NOT_READY']);
  });
});

describe('bad requests', () => {
  it.each([
    ['no lab', {}, 400, 'LAB_INPUT_INVALID'],
    ['a field too many', { lab: testLab.id, image: 'evil' }, 400, 'LAB_INPUT_INVALID'],
    ['a path as the lab', { lab: '../../etc/passwd' }, 400, 'LAB_INPUT_INVALID'],
    ['a lab that is not', { lab: 'concepts/none' }, 404, 'LAB_LAB_UNKNOWN'],
    ['broken JSON', '{"lab":', 400, 'LAB_INPUT_INVALID'],
    ['too much', JSON.stringify({ lab: 'x'.repeat(70_000) }), 413, 'LAB_INPUT_TOO_LARGE'],
  ])('with %s get a coded answer', async (_, payload, status, code) => {
    const response = await server.request('POST', '/api/sessions', { payload });
    expect([response.statusCode, codeOf(response)]).toEqual([status, code]);
    const { message, hint } = errorBodySchema.parse(response.json()).error;
    expect(message).not.toBe('');
    expect(hint).not.toBe('');
    expect((await server.request('GET', '/api/status')).statusCode).toBe(200);
  });

  it('name the field that is wrong', async () => {
    const response = await server.request('POST', '/api/sessions', { payload: { lab: 7 } });
    expect(errorBodySchema.parse(response.json()).error.message).toContain(' lab: ');
    const nothing = await server.request('POST', '/api/sessions');
    expect(errorBodySchema.parse(nothing.json()).error.message).toContain(' body: ');
  });

  it.each([
    ['another site', 'https://evil.example'],
    ['another port of this machine', 'http://localhost:3000'],
    ['an opaque origin', 'null'],
    ['nobody', null],
  ])('from %s change nothing', async (_, origin) => {
    const response = await server.request('POST', '/api/sessions', {
      payload: { lab: testLab.id },
      origin,
    });
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'LAB_ORIGIN_FORBIDDEN']);
    expect(response.cookies).toEqual([]);
    expect(server.provider.starts).toBe(0);
  });

  it('from a page that was rebound to this address change nothing', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/sessions',
      headers: { host: 'evil.example:4321', origin: 'http://evil.example:4321' },
      payload: { lab: testLab.id },
    });
    expect(response.statusCode).toBe(403);
  });

  it('to unknown addresses are told so', async () => {
    const api = await server.request('GET', '/api/nothing');
    expect([api.statusCode, codeOf(api)]).toEqual([404, 'LAB_NOT_FOUND']);
    const malformed = await server.request('GET', '/api/sessions/UPPER');
    expect([malformed.statusCode, codeOf(malformed)]).toEqual([400, 'LAB_INPUT_INVALID']);
    const page = await server.request('GET', '/en/nothing/');
    expect(page.statusCode).toBe(404);
    expect(page.body).toContain('not here');
    // A browser that has seen the page before asks whether it changed.
    const again = await server.app.inject({
      url: '/en/nothing/',
      headers: { 'if-none-match': String(page.headers.etag), range: 'bytes=0-1' },
    });
    expect([again.statusCode, again.body]).toEqual([404, page.body]);
  });

  it('to addresses that are none get a coded answer', async () => {
    const response = await server.request('GET', '/en/%');
    expect([response.statusCode, codeOf(response)]).toEqual([400, 'LAB_INPUT_INVALID']);
  });
});

describe('the server', () => {
  it('tells its status also while the sandbox is being prepared, and then refuses sessions', async () => {
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

  it('serves the site with a policy that allows no foreign and no inline scripts', async () => {
    const page = await server.request('GET', '/');
    expect(page.body).toContain('start');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/(?<!wasm-)unsafe-eval/);
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('marks the sessions of a server that died as lost, and sweeps what they left', async () => {
    const { session, cookie } = await server.create();
    await until(() => server.provider.existing.size === 1);
    await using next = new TestServer();
    // As a new process would find it: the same provider's sandboxes, and the same rows.
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
