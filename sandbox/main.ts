import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { capacityOf, memoryLeftMib, readResources } from './capacity.ts';
import { watchLab } from './checks/lab-watcher.ts';
import { type Config, readConfig } from './config.ts';
import { openHost } from './providers/docker/firewall.ts';
import { LabError, toLabError } from './errors.ts';
import { createServer } from './http/server.ts';
import { interruption } from './interruption.ts';
import { createDockerProvider } from './providers/docker/docker-provider.ts';
import { Pool } from './pool/pool.ts';
import { createLabs } from './sessions/labs.ts';
import { Sessions, type SessionsOptions } from './sessions/sessions.ts';
import { buildSite } from './setup/site.ts';
import type { ReadyEngine } from './providers/docker/preparation/image-growth.ts';
import { prepare } from './providers/docker/preparation/prepare.ts';
import type { Preparation } from './preparation/preparation.ts';
import { startObstacle } from './preparation/start-obstacle.ts';
import { showProgress } from './setup/progress-line.ts';
import { Store } from './store/store.ts';
import { createLog, type Log } from './telemetry/log.ts';

const CLEAN_UP_MS = 30_000;

/** Runs the server until SIGINT or SIGTERM, then removes everything it started. */
async function main(): Promise<void> {
  const config = readConfig();
  using store = new Store(config.home);
  const log = createLog(config.logLevel, join(config.home, 'logs', 'server.log'));
  const interrupted = interruption(() => {
    console.log('\nEnding all sessions. Press Ctrl-C again to leave that to the next start.');
  });
  const failed = new AbortController();
  const signal = AbortSignal.any([interrupted, failed.signal]);
  const { install, generation } = store;
  log.info({ install, generation, version: packageJson.version }, 'server started');

  const dist = await buildSite({
    root: join(import.meta.dirname, '..'),
    origin: config.origins[0],
    signal,
    onBuild: () => console.log('Building the site …'),
  }).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (dist === undefined) return;
  const sandbox = prepareSandbox(config, { store, log, signal });
  const app = await createServer({
    version: packageJson.version,
    dist,
    origins: config.origins,
    previewOrigin: config.previewOrigin,
    sandbox: () => sandbox.preparation.status(),
    sessions: sandbox.sessions,
    labs: createLabs(dist),
    log,
  });
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    failed.abort();
    await sandbox[Symbol.asyncDispose]();
    throw cannotListen(error, config);
  }
  const { port } = app.server.address() as AddressInfo;
  console.log(`Kindlab is at ${config.origins[0] ?? `http://${hostName(config.host)}:${port}`}/`);
  const progress = showProgress(sandbox.preparation);

  if (!signal.aborted) await once(signal, 'abort');
  progress[Symbol.dispose]();
  const left = await sandbox.sessions.stop();
  if (left > 0) {
    console.log(`${left} sessions could not be removed in time. The next start removes them.`);
  }
  await app.close();
  await sandbox[Symbol.asyncDispose]();
  log.info('stopped');
}

interface PreparedSandbox extends AsyncDisposable {
  preparation: Preparation;
  sessions: Sessions;
}

/** Starts preparing the sandbox; sessions can start once it is ready. */
function prepareSandbox(
  config: Config,
  { store, log, signal }: { store: Store; log: Log; signal: AbortSignal },
): PreparedSandbox {
  let prepared: ReadyEngine | undefined;
  const { install, generation } = store;
  const sessions = new Sessions({
    store,
    log,
    obstacle: (missing) => startObstacle(preparation.status(), missing),
    sessionSeconds: config.sessionSeconds,
    limit: () => config.sessionLimit ?? capacityOf(readResources()).sandboxes,
    memoryLeftMib,
    createPool: (options) =>
      new Pool({ ...options, ...config.pool, sessionSeconds: config.sessionSeconds, log }),
    freezeSeconds: config.freezeSeconds,
    watch: (session, { cluster }, known) =>
      watchLab({
        cluster,
        known,
        lab: session.lab,
        log: log.child({ sessionId: session.id }),
        onCheck: (result) => session.events.emit('check', result),
        onCluster: (change) => session.events.emit('cluster', change),
      }),
  } satisfies SessionsOptions);
  const preparation = prepare({
    config,
    install,
    log,
    signal,
    createProvider: async (found) => {
      prepared = found;
      const { engine, images } = found;
      const startMs = config.startSeconds * 1000;
      const provider = createDockerProvider({ engine, install, generation, images, startMs, log });
      await sessions.begin(found.watched(provider), signal);
      return provider;
    },
  });
  return {
    preparation,
    sessions,
    [Symbol.asyncDispose]: async () => {
      await preparation.settled();
      if (prepared === undefined) return;
      const limit = AbortSignal.timeout(CLEAN_UP_MS);
      await openHost(prepared.engine, { install, image: prepared.images().node, signal: limit });
    },
  };
}

function hostName(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function cannotListen(cause: unknown, { host, port }: Config): LabError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return new LabError('LAB_INPUT_INVALID', `${hostName(host)}:${port} cannot be used (${code}).`, {
    cause,
    hint: 'Choose another port, for example with PORT=4322, or stop the program that uses this one.',
  });
}

try {
  await main();
} catch (error) {
  const { code, message, hint } = toLabError(error);
  console.error(`${code}: ${message}\n${hint}`);
  process.exitCode = 1;
}
// A pending call that the engine never answers must not keep the process alive.
process.exit();
