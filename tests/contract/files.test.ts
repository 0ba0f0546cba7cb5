import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { type FileList, fileListSchema, fileSchema } from '../../src/protocol/files.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;
let base: string;
let cookie: string;
let owner: string;

beforeEach(async () => {
  server = await new TestServer().start();
  const created = await server.create();
  cookie = created.cookie;
  owner = cookie.split('=')[1] ?? '';
  base = `/api/sessions/${created.session.id}/files`;
  await until(() => session().state === 'ready');
});

afterEach(async () => server[Symbol.asyncDispose]());

const session = () => server.sessions.get(base.split('/')[3] ?? '', owner);
const inLab = (path: string) => join(server.lab, path);
const get = async (path: string) => server.request('GET', `${base}/${path}`, { cookie });
const put = async (path: string, text: unknown, headers: Record<string, string>) =>
  server.request('PUT', `${base}/${path}`, { cookie, headers, payload: { text } });
const remove = async (path: string, headers: Record<string, string>) =>
  server.request('DELETE', `${base}/${path}`, { cookie, headers });
const asNew = { 'if-none-match': '*' };

function failure(response: { statusCode: number; json: () => unknown }): [number, string] {
  return [response.statusCode, errorBodySchema.parse(response.json()).error.code];
}

describe('a file', () => {
  it('is written, listed, read, changed and removed', async () => {
    const text = 'kind: Pod # ポッド "quoted" $(id) `id`\n\n';
    const written = await put('apps/web one.yaml', text, asNew);
    expect(written.statusCode).toBe(200);
    const { version } = written.json<{ version: string }>();
    expect(readFileSync(inLab('apps/web one.yaml'), 'utf8')).toBe(text);
    const list = fileListSchema.parse((await server.request('GET', base, { cookie })).json());
    expect(list).toMatchObject({
      files: [
        { path: 'apps', kind: 'folder' },
        { path: 'apps/web one.yaml', kind: 'file', size: Buffer.byteLength(text) },
      ],
      truncated: false,
    });
    const read = await get('apps/web%20one.yaml');
    expect(fileSchema.parse(read.json())).toEqual({ path: 'apps/web one.yaml', text, version });
    expect(read.headers.etag).toBe(`"${version}"`);
    const changed = await put('apps/web%20one.yaml', '', { 'if-match': `"${version}"` });
    expect(changed.statusCode).toBe(200);
    expect((await remove('apps/web%20one.yaml', { 'if-match': '*' })).statusCode).toBe(204);
    expect(failure(await get('apps/web%20one.yaml'))).toEqual([404, 'LAB_FILE_UNKNOWN']);
    expect(readdirSync(inLab('apps'))).toEqual([]);
  });

  it('is neither overwritten nor removed if it changed in the meantime', async () => {
    const { version } = (await put('a.yaml', 'mine', asNew)).json<{ version: string }>();
    writeFileSync(inLab('a.yaml'), 'from vim');
    const old = { 'if-match': `"${version}"` };
    expect(failure(await put('a.yaml', 'newer', old))).toEqual([409, 'LAB_FILE_CHANGED']);
    expect(failure(await put('a.yaml', 'new', asNew))).toEqual([409, 'LAB_FILE_CHANGED']);
    expect(failure(await remove('a.yaml', old))).toEqual([409, 'LAB_FILE_CHANGED']);
    expect(readFileSync(inLab('a.yaml'), 'utf8')).toBe('from vim');
    expect(failure(await put('b.yaml', 'gone', old))).toEqual([409, 'LAB_FILE_CHANGED']);
    expect(readdirSync(server.lab)).toEqual(['a.yaml']);
  });

  it('is never written without the version that it replaces', async () => {
    expect(failure(await put('a.yaml', 'x', {}))).toEqual([400, 'LAB_INPUT_INVALID']);
    expect(failure(await put('a.yaml', 'x', { 'if-match': '"1"' }))).toEqual([
      400,
      'LAB_INPUT_INVALID',
    ]);
    expect(readdirSync(server.lab)).toEqual([]);
  });

  it('keeps its mode', async () => {
    writeFileSync(inLab('run.sh'), 'echo', { mode: 0o755 });
    await put('run.sh', 'echo 2', { 'if-match': '*' });
    expect(statSync(inLab('run.sh')).mode & 0o777).toBe(0o755);
  });

  it('has the whole text of one of two writers, and the other gets a conflict', async () => {
    const { version } = (await put('a.yaml', 'old', asNew)).json<{ version: string }>();
    const texts = ['a'.repeat(100_000), 'b'.repeat(100_000)];
    const answers = await Promise.all(
      texts.map(async (text) => put('a.yaml', text, { 'if-match': `"${version}"` })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
    expect(texts).toContain(readFileSync(inLab('a.yaml'), 'utf8'));
  });
});

describe('hostile paths', () => {
  it.each([
    '..%2f..%2fsecret',
    '%2e%2e/secret',
    '..',
    'a/../../secret',
    '%2fetc%2fpasswd',
    '/etc/passwd',
    'a//b',
    'a%00b',
    'a%0ab',
    'x'.repeat(300),
    `${'x/'.repeat(300)}y`,
  ])('%s reaches no file', async (path) => {
    writeFileSync(join(server.home, 'learner', 'secret'), 'secret');
    for (const response of [
      await get(path),
      await put(path, 'x', asNew),
      await remove(path, { 'if-match': '*' }),
    ]) {
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      expect(response.body).not.toMatch(/^secret|root:/);
    }
    expect(readFileSync(join(server.home, 'learner', 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(server.lab)).toEqual([]);
  });

  it.each(['$(touch pwned)', '; touch pwned', '-rf', '`id`', "'", '*'])(
    'a file can be called %s',
    async (name) => {
      const path = encodeURIComponent(name);
      expect((await put(path, 'x', asNew)).statusCode).toBe(200);
      expect(readdirSync(server.lab)).toEqual([name]);
      expect((await get(path)).json()).toMatchObject({ path: name, text: 'x' });
      expect((await remove(path, { 'if-match': '*' })).statusCode).toBe(204);
      expect(readdirSync(server.lab)).toEqual([]);
    },
  );

  it('do not lead out through links', async () => {
    const secret = join(server.home, 'learner', 'secret');
    writeFileSync(secret, 'secret');
    symlinkSync(secret, inLab('link'));
    symlinkSync(join(server.home, 'learner'), inLab('up'));
    symlinkSync(join(server.home, 'learner', 'new'), inLab('dangling'));
    for (const path of ['link', 'up/secret', 'dangling', 'up']) {
      expect(failure(await get(path))).toEqual([403, 'LAB_FILE_OUTSIDE']);
      expect(failure(await put(path, 'x', { 'if-match': '*' }))).toEqual([403, 'LAB_FILE_OUTSIDE']);
    }
    expect(failure(await put('up/x/y', 'x', asNew))).toEqual([403, 'LAB_FILE_OUTSIDE']);
    expect(failure(await remove('up/secret', { 'if-match': '*' }))).toEqual([
      403,
      'LAB_FILE_OUTSIDE',
    ]);
    expect((await remove('link', { 'if-match': '*' })).statusCode).toBe(204);
    expect(readFileSync(secret, 'utf8')).toBe('secret');
    expect(existsSync(join(server.home, 'learner', 'x'))).toBe(false);
  });

  it('may be links within ~/lab', async () => {
    writeFileSync(inLab('real.yaml'), 'x');
    symlinkSync('real.yaml', inLab('link.yaml'));
    await put('link.yaml', 'y', { 'if-match': '*' });
    expect(readFileSync(inLab('real.yaml'), 'utf8')).toBe('y');
    expect((await get('link.yaml')).json()).toMatchObject({ text: 'y' });
  });
});

describe('a file that is not text', () => {
  it.each([
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x41]), 415, 'LAB_FILE_NOT_TEXT'],
    ['a zero byte', 'a\0b', 415, 'LAB_FILE_NOT_TEXT'],
    ['a large file', 'x'.repeat(256 * 1024 + 1), 413, 'LAB_FILE_TOO_LARGE'],
  ])('is refused: %s', async (_, content, status, code) => {
    writeFileSync(inLab('file'), content);
    expect(failure(await get('file'))).toEqual([status, code]);
  });

  it('is refused: a folder', async () => {
    mkdirSync(inLab('folder'));
    expect(failure(await get('folder'))).toEqual([415, 'LAB_FILE_NOT_TEXT']);
    expect(failure(await put('folder', 'x', { 'if-match': '*' }))).toEqual([
      415,
      'LAB_FILE_NOT_TEXT',
    ]);
    expect(failure(await remove('folder', { 'if-match': '*' }))).toEqual([
      415,
      'LAB_FILE_NOT_TEXT',
    ]);
  });

  it('is not written', async () => {
    expect(failure(await put('a', 'x'.repeat(256 * 1024 + 1), asNew))).toEqual([
      413,
      'LAB_FILE_TOO_LARGE',
    ]);
    expect(failure(await put('a', 'x'.repeat(600 * 1024), asNew))).toEqual([
      413,
      'LAB_INPUT_TOO_LARGE',
    ]);
    expect(failure(await put('a', 'a\0b', asNew))).toEqual([415, 'LAB_FILE_NOT_TEXT']);
    expect(failure(await put('a', 7, asNew))).toEqual([400, 'LAB_INPUT_INVALID']);
    const most = '"\n'.repeat(128 * 1024);
    expect((await put('a', most, asNew)).statusCode).toBe(200);
    expect((await get('a')).json()).toMatchObject({ text: most });
  });

  // Root can read every file.
  it.skipIf(process.getuid?.() === 0)('is refused: a file without permission', async () => {
    writeFileSync(inLab('locked'), 'x');
    chmodSync(inLab('locked'), 0);
    expect(failure(await get('locked'))).toEqual([422, 'LAB_FILE_FAILED']);
  });
});

describe('the list', () => {
  it('is limited, and leaves out hidden files', async () => {
    for (let i = 0; i < 510; i++) writeFileSync(inLab(`file-${i}`), '');
    for (const name of ['.hidden', 'backup~', '.a.swp']) writeFileSync(inLab(name), '');
    const { files, truncated } = (await server.request('GET', base, { cookie })).json<FileList>();
    expect([files.length, truncated]).toEqual([500, true]);
    expect(files.every(({ path }) => path.startsWith('file-'))).toBe(true);
  });

  it('is sent at every change, once a client has requested it', async () => {
    const lists: FileList[] = [];
    session().events.on('files', (list) => lists.push(list));
    await server.request('GET', base, { cookie });
    await until(() => lists.length === 1);
    writeFileSync(inLab('from-vim.yaml'), 'x');
    await until(() => lists.at(-1)?.files[0]?.path === 'from-vim.yaml');
    expect(session().files.last).toEqual(lists.at(-1));
  });
});

describe('only the owner, from our own pages,', () => {
  it.each(['GET', 'PUT', 'DELETE'] as const)('may %s', async (method) => {
    writeFileSync(inLab('a'), 'x');
    const other = await server.create();
    const more = {
      headers: { 'if-match': '*' },
      ...(method === 'PUT' ? { payload: { text: 'y' } } : {}),
    };
    for (const foreign of [{}, { cookie: other.cookie }]) {
      const response = await server.request(method, `${base}/a`, { ...more, ...foreign });
      expect(failure(response)).toEqual([403, 'LAB_SESSION_FORBIDDEN']);
    }
    if (method === 'GET') return;
    for (const origin of ['https://evil.example', 'null', null]) {
      const response = await server.request(method, `${base}/a`, { ...more, cookie, origin });
      expect(failure(response)).toEqual([403, 'LAB_ORIGIN_FORBIDDEN']);
    }
    expect(readFileSync(inLab('a'), 'utf8')).toBe('x');
  });
});

describe('a session', () => {
  it('that is frozen wakes for its files', async () => {
    await using sleepy = await new TestServer().start({ freezeSeconds: 0.05 });
    const created = await sleepy.create();
    const { id } = created.session;
    const state = () => sleepy.sessions.get(id, created.cookie.split('=')[1]).state;
    await until(() => state() === 'frozen');
    const response = await sleepy.request('GET', `/api/sessions/${id}/files`, {
      cookie: created.cookie,
    });
    expect(response.statusCode).toBe(200);
    expect(sleepy.provider.thaws).toBeGreaterThan(0);
  });

  it('whose engine complains tells the learner nothing of the engine', async () => {
    const complaint = '(HTTP code 409) unexpected - container 0123456789ab is not running';
    const list = async () =>
      Promise.reject(Object.assign(new Error(complaint), { statusCode: 409 }));
    server.provider.files = { ...server.provider.files, list };
    const { session, cookie } = await server.create();
    await until(() => server.sessions.get(session.id, cookie.split('=')[1]).state === 'ready');
    const response = await server.request('GET', `/api/sessions/${session.id}/files`, { cookie });
    expect(failure(response)).toEqual([500, 'LAB_INTERNAL']);
    expect(response.body).not.toContain('container');
  });

  it('that is over has no files', async () => {
    await server.request('DELETE', base.replace('/files', ''), { cookie });
    expect(failure(await get('a'))).toEqual([410, 'LAB_SESSION_ENDED']);
  });
});
