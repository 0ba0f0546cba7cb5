import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabError } from '../../sandbox/errors.ts';
import { sessionSchema } from '../../src/protocol/session.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { codeOf, testLab, TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;

beforeEach(async () => {
  server = await new TestServer().start();
});

afterEach(async () => server[Symbol.asyncDispose]());

describe('a session', () => {
  it('is created for a new owner, becomes ready, and ends with 204', async () => {
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

  it('can start at a later step: it is ready when the steps before it are solved', async () => {
    const { session, cookie } = await server.create(undefined, 'later');
    expect(session.stages.map(({ id }) => id)).toContain('steps');
    const owner = cookie.split('=')[1] ?? '';
    await until(() => server.sessions.get(session.id, owner).state === 'ready');
    const { stages } = server.sessions.get(session.id, owner).toJson();
    expect(stages.at(-1)).toMatchObject({ id: 'steps', state: 'done' });
  });

  it('is refused at an unknown step', async () => {
    const payload = { lab: testLab.id, step: 'nowhere' };
    const response = await server.request('POST', '/api/sessions', { payload });
    expect([response.statusCode, codeOf(response)]).toEqual([404, 'LAB_STEP_UNKNOWN']);
    expect(server.provider.starts).toBe(0);
  });

  it('has the same owner as the session before it', async () => {
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
  ] as const)('allows %s %s only to its owner', async (method, path) => {
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

  it('that fails names the stage, undoes itself, and leaves its place for a retry', async () => {
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

  it('runs its checks on request', async () => {
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

  it('stops and starts its workers, but no other node', async () => {
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

  it('answers the command lab', async () => {
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
    // Runs every check that has not passed; then all have.
    expect(await handler.check!(undefined, signal)).toEqual({ checks: [] });
    expect(await handler.check!('first', signal)).toMatchObject({
      step: 'first',
      checks: [{ outcome: 'pass' }],
    });
    await server.request('DELETE', `/api/sessions/${session.id}`, { cookie });
    await expect(handler.power('worker2', 'start', signal)).rejects.toThrow('Session');
  });

  it('runs no checks before it is ready', async () => {
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
