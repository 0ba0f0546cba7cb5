import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LabWatcher } from '../../sandbox/checks/lab-watcher.ts';
import { LabError } from '../../sandbox/errors.ts';
import { createServer } from '../../sandbox/http/server.ts';
import { Pool } from '../../sandbox/pool/pool.ts';
import { createLabs } from '../../sandbox/sessions/labs.ts';
import type { LearnerSession } from '../../sandbox/sessions/session.ts';
import { Sessions } from '../../sandbox/sessions/sessions.ts';
import { Store } from '../../sandbox/store/store.ts';
import type { CheckResult } from '../../src/protocol/checks.ts';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { type Lab, labSchema, usualMemoryMib } from '../../src/protocol/lab.ts';
import type { Session } from '../../src/protocol/session.ts';
import type { PreparationStatus } from '../../src/protocol/status.ts';
import { FakeProvider } from './fake-provider.ts';
import { localFiles } from './local-files.ts';
import { quiet } from './quiet.ts';

export const testLab: Lab = labSchema.parse({
  id: 'concepts/test',
  profile: {},
  previews: {
    page: { service: 'web', port: 80 },
    docs: { selector: { app: 'model' }, port: 8000, path: '/docs?v=1' },
  },
  steps: [
    {
      id: 'first',
      checks: { there: { resource: { kind: 'Pod', name: 'a' }, expect: 'true' } },
      wrong: [],
      solution: ['true'],
    },
    { id: 'later', checks: {}, wrong: [], solution: ['false'] },
  ],
});

/** The error code of a response. */
export function codeOf(response: { json: () => unknown }): string {
  return errorBodySchema.parse(response.json()).error.code;
}

/** The same lab with more images and more memory. */
export const heavyLab: Lab = labSchema.parse({
  ...testLab,
  id: 'data/test',
  profile: { images: ['spark'], memoryMib: 3000 },
});

const pending: CheckResult = {
  step: 'first',
  check: 'there',
  outcome: 'pending',
  since: new Date(0).toISOString(),
};

const ready: PreparationStatus = {
  state: 'ready',
  progress: 1,
  message: 'Ready.',
  stages: [],
  notes: [],
};

/** The real server over a {@link FakeProvider}, with its own store and built site. */
export class TestServer implements AsyncDisposable {
  readonly provider = new FakeProvider();
  readonly home = mkdtempSync(join(tmpdir(), 'kindlab-test-'));
  readonly origin = 'http://localhost:4321';
  readonly store: Store;
  sessions!: Sessions;
  app!: FastifyInstance;
  status: PreparationStatus = ready;
  limit = 3;
  /** How many more usual sandboxes fit into memory. */
  sandboxesThatFit = 100;

  constructor() {
    this.store = new Store(this.home);
    mkdirSync(this.lab, { recursive: true });
    this.provider.files = localFiles(join(this.home, 'learner'));
    const dist = this.dist;
    for (const lab of [testLab, heavyLab]) {
      const file = join(dist, 'labs', `${lab.id}.json`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(lab));
    }
    writeFileSync(join(dist, 'index.html'), '<h1>start</h1>');
    writeFileSync(join(dist, '404.html'), '<h1>not here</h1>');
  }

  /** The `~/lab` of every workstation. */
  get lab(): string {
    return join(this.home, 'learner', 'lab');
  }

  get dist(): string {
    return join(this.home, 'dist');
  }

  /** With `isPrepared: false`, the sandbox is still being prepared. */
  async start({
    sessionSeconds = 3600,
    isPrepared = true,
    pool = { min: 0, max: 0 },
    freezeSeconds = 0,
    origins = [] as string[],
    previewOrigin = undefined as string | undefined,
  } = {}): Promise<this> {
    this.sessions = new Sessions({
      store: this.store,
      log: quiet,
      obstacle: (lacking) =>
        lacking.length > 0
          ? new LabError('LAB_IMAGES_PREPARING', `Building ${lacking.join()}.`)
          : new LabError('LAB_SANDBOX_PREPARING', 'Building.'),
      sessionSeconds,
      limit: () => this.limit,
      memoryLeftMib: (users) => {
        const starting = users.filter(({ isThere }) => !isThere).length;
        return (this.sandboxesThatFit - starting) * usualMemoryMib;
      },
      createPool: (options) => new Pool({ ...options, ...pool, sessionSeconds, log: quiet }),
      freezeSeconds,
      watch: watchNothing,
    });
    this.app = await createServer({
      version: '0.0.0',
      dist: this.dist,
      origins,
      previewOrigin,
      sandbox: () => this.status,
      sessions: this.sessions,
      labs: createLabs(this.dist),
      log: quiet,
    });
    if (isPrepared) await this.sessions.begin(this.provider, AbortSignal.timeout(1_000));
    return this;
  }

  /** Sends a request as our own page does. */
  async request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    more: {
      cookie?: string;
      payload?: unknown;
      origin?: string | null;
      headers?: Record<string, string>;
    } = {},
  ): Promise<LightMyRequestResponse> {
    const origin = more.origin === undefined ? this.origin : more.origin;
    return this.app.inject({
      method,
      url,
      headers: {
        host: 'localhost:4321',
        ...more.headers,
        ...(origin === null ? {} : { origin }),
        ...(more.cookie === undefined ? {} : { cookie: more.cookie }),
        ...(more.payload === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(more.payload === undefined
        ? {}
        : {
            payload: typeof more.payload === 'string' ? more.payload : JSON.stringify(more.payload),
          }),
    });
  }

  /** Starts a session and returns it with its owner's cookie. */
  async create(cookie?: string, step?: string): Promise<{ session: Session; cookie: string }> {
    const response = await this.request('POST', '/api/sessions', {
      payload: { lab: testLab.id, ...(step === undefined ? {} : { step }) },
      ...(cookie === undefined ? {} : { cookie }),
    });
    if (response.statusCode !== 201) throw new Error(response.body);
    const [set] = response.cookies;
    return { session: response.json(), cookie: `${set?.name ?? ''}=${set?.value ?? ''}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sessions.stop();
    await this.app.close();
    this.store[Symbol.dispose]();
    rmSync(this.home, { recursive: true });
  }
}

function watchNothing(session: LearnerSession): LabWatcher {
  return {
    results: () => [pending],
    objects: () => [],
    ask: async (step) => {
      if (!testLab.steps.some(({ id }) => id === step))
        throw new LabError('LAB_STEP_UNKNOWN', `There is no step ${step}.`);
      const result: CheckResult = { ...pending, outcome: 'pass' };
      session.events.emit('check', result);
      return Promise.resolve([result]);
    },
    [Symbol.asyncDispose]: async () => Promise.resolve(),
  };
}
