import { readFile } from 'node:fs/promises';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { planImages } from '../../sandbox/images/ensure-images.ts';
import { recipes } from '../../sandbox/images/recipes.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { profileSchema } from '../../src/protocol/lab.ts';
import { PeakMemory } from '../support/peak-memory.ts';
import { RealProvider } from '../support/real-provider.ts';
import { withTimeout } from '../../src/async.ts';
import type { Bench } from './bench.ts';
import type { Figure } from './figures.ts';

const ROUNDS = 3;
const JOB_MS = 240_000;
const JOBS = { batch: 'months', spark: 'delays' } as const;
const IMAGES = ['python', 'data', 'spark', 'cluster', 'cluster-data'];

/**
 * Measures the jobs of the data lessons (`tests/support/data`): time from apply to completion, peak
 * memory of the whole session meanwhile, and the sizes of the images.
 */
export async function measureData({ engine, images, signal }: Bench): Promise<Figure[]> {
  await using provider = new RealProvider('bench', images);
  const seconds: Record<keyof typeof JOBS, number[]> = { batch: [], spark: [] };
  const memory: typeof seconds = { batch: [], spark: [] };
  for (let round = 0; round < ROUNDS; round++) {
    // A new sandbox each time, so that nothing has run on its nodes before.
    await using sandbox = await provider.start(profileSchema.parse({ images: ['data', 'spark'] }));
    for (const job of ['batch', 'spark'] as const) {
      await using peak = new PeakMemory(provider, sandbox.sessionId);
      const start = performance.now();
      await run(sandbox, job, signal);
      seconds[job].push((performance.now() - start) / 1_000);
      memory[job].push(await peak.mib());
    }
  }
  const what = { batch: 'twelve months as a Job, three at a time', spark: 'a year in Spark' };
  return [
    ...(['batch', 'spark'] as const).flatMap((job): Figure[] => [
      { what: `${what[job]}: apply to complete`, samples: seconds[job], unit: 's' },
      { what: `${what[job]}: peak memory of the session`, samples: memory[job], unit: 'MiB' },
    ]),
    ...(await sizes(engine)),
  ];
}

async function run(sandbox: Sandbox, name: keyof typeof JOBS, signal: AbortSignal): Promise<void> {
  const text = await readFile(`tests/support/data/${name}.yaml`, 'utf8');
  const limit = withTimeout(signal, JOB_MS);
  const { files } = sandbox.workstation;
  await files.write({ path: `${name}.yaml`, text }, 'any', { signal: limit });
  const wait = `kubectl wait --for=condition=Complete job/${JOBS[name]} --timeout=${JOB_MS / 1_000}s`;
  const script = `kubectl apply -f ~/lab/${name}.yaml && ${wait}`;
  const { exitCode, output } = await sandbox.workstation.exec(['bash', '-c', script], {
    signal: limit,
  });
  if (exitCode !== 0) throw new Error(output);
}

/** The sizes of the images that were built here. */
async function sizes(engine: Engine): Promise<Figure[]> {
  const plan = await planImages({ engine, recipes, readyImages: new Map() }, IMAGES);
  const built = plan.filter(({ recipe, isReady }) => isReady && IMAGES.includes(recipe.name));
  return Promise.all(
    built.map(async ({ recipe, tag }) => {
      const megabytes = ((await engine.images.inspect(tag))?.bytes ?? 0) / 1e6;
      return {
        what: `image ${recipe.name}, with all layers below it`,
        samples: [megabytes],
        unit: 'MB',
      };
    }),
  );
}
