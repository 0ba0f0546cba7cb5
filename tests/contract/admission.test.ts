import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeImageSchema } from '../../src/protocol/lab.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { codeOf, heavyLab, testLab, TestServer } from '../../tools/support/test-server.ts';

let server: TestServer;

afterEach(async () => server[Symbol.asyncDispose]());

async function create(lab: string = testLab.id) {
  return server.request('POST', '/api/sessions', { payload: { lab } });
}

describe('a new session', () => {
  it('is refused when all places are taken, and cold starts run two at a time', async () => {
    server = await new TestServer().start();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    server.provider.behave = async () => gate;
    const { cookie } = await server.create();
    await server.create(cookie);
    const third = await server.create(cookie);
    expect(third.session.state).toBe('queued');
    expect(server.sessions.count()).toMatchObject({ active: 2, queued: 1, limit: 3 });
    const full = await create();
    expect([full.statusCode, codeOf(full)]).toEqual([503, 'LAB_CAPACITY_FULL']);
    expect(full.headers['retry-after']).toBeDefined();
    go();
    await until(() => server.provider.starts === 3);
  });

  it('is refused only while images that its lab needs are being built', async () => {
    server = await new TestServer().start();
    const early = await create(heavyLab.id);
    expect([early.statusCode, codeOf(early)]).toEqual([503, 'LAB_IMAGES_PREPARING']);
    await server.create();
    server.provider.holds = nodeImageSchema.options;
    expect((await create(heavyLab.id)).statusCode).toBe(201);
  });

  it('is refused when the machine has less memory than its lab may use', async () => {
    server = await new TestServer().start();
    server.provider.holds = nodeImageSchema.options;
    server.sandboxesThatFit = 4;
    const refused = await create(heavyLab.id);
    expect([refused.statusCode, codeOf(refused)]).toEqual([503, 'LAB_CAPACITY_FULL']);
    expect(refused.body).toContain('3000 MiB');
    server.sandboxesThatFit = 5;
    expect((await create(heavyLab.id)).statusCode).toBe(201);
  });

  it('is refused when memory is short and the pool is empty', async () => {
    server = await new TestServer().start();
    server.sandboxesThatFit = -1;
    expect(codeOf(await create())).toBe('LAB_CAPACITY_FULL');
    expect(server.sessions.count().memoryShort).toBe(true);
  });
});

describe('a session that needs the memory of the pool', () => {
  async function startWithPool(size: number): Promise<void> {
    server = new TestServer();
    server.provider.holds = nodeImageSchema.options;
    await server.start({ pool: { min: size, max: size } });
    await until(() => server.sessions.count().warm === size);
  }

  it('starts cold in place of a warm sandbox of another shape', async () => {
    await startWithPool(1);
    server.sandboxesThatFit = 0;
    const small = {
      ...testLab,
      id: 'concepts/small',
      profile: { ...testLab.profile, workers: 1 },
    };
    writeFileSync(join(server.dist, 'labs', 'concepts', 'small.json'), JSON.stringify(small));
    expect((await create(small.id)).statusCode).toBe(201);
    await until(() => server.sessions.count().warm === 0);
    expect(codeOf(await create(small.id))).toBe('LAB_CAPACITY_FULL');
  });

  it('costs no warm sandbox when it is refused', async () => {
    await startWithPool(1);
    // The lab may use 3000 MiB: 600 are in the warm sandbox, 1800 are left.
    server.sandboxesThatFit = 3;
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(codeOf(await create(heavyLab.id))).toBe('LAB_CAPACITY_FULL');
      expect(server.sessions.count().warm).toBe(1);
      expect(server.provider.starts).toBe(1);
    }
    server.sandboxesThatFit = 4;
    expect((await create(heavyLab.id)).json()).toMatchObject({ state: 'ready' });
  });

  it('gets one warm sandbox, and the memory of another', async () => {
    await startWithPool(2);
    server.sandboxesThatFit = 3;
    expect((await create(heavyLab.id)).json()).toMatchObject({ state: 'ready' });
    expect(server.provider.starts).toBe(2);
    await until(() => server.provider.existing.size === 1);
  });
});
