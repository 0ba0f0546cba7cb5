import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { profileSchema } from '../../../src/protocol/lab.ts';
import { RealProvider } from '../../../tools/support/real-provider.ts';
import { listBelongings } from './engine/inventory.ts';
import type { Sandbox } from '../../provider.ts';

/** Takes 30 to 90 s; longer on a machine that is busy with other tests. */
const JOB_MS = 250_000;

const provider = new RealProvider('data');
let sandbox: Sandbox;

beforeAll(async () => {
  await provider.begin();
  sandbox = await provider.start(profileSchema.parse({ images: ['data', 'spark'] }));
});

afterAll(async () => provider[Symbol.asyncDispose]());

/** Runs a script as the learner. */
async function shell(text: string): Promise<string> {
  const signal = AbortSignal.timeout(JOB_MS);
  const { output } = await sandbox.workstation.exec(['bash', '-c', text], { signal });
  return output.trim();
}

async function apply(name: string): Promise<void> {
  const text = await readFile(`tests/support/data/${name}.yaml`, 'utf8');
  const options = { signal: AbortSignal.timeout(10_000) };
  await sandbox.workstation.files.write({ path: `${name}.yaml`, text }, 'any', options);
  expect(await shell(`kubectl apply -f ~/lab/${name}.yaml`)).toContain('job.batch');
}

it(
  'a Job reads the flights of each month and writes Parquet files that all its pods see',
  { timeout: JOB_MS },
  async () => {
    await apply('batch');
    expect(
      await shell('kubectl wait --for=condition=Complete job/months --timeout=240s'),
    ).toContain('condition met');
    const logs = await shell('kubectl logs --selector=batch.kubernetes.io/job-name=months');
    expect(logs).toContain('2013-01: 27004 flights of 16 airlines');
    const script = "import glob; print(len(glob.glob('/shared/delays/2013-*.parquet')))";
    const overrides = JSON.stringify({
      spec: {
        volumes: [{ name: 'shared', persistentVolumeClaim: { claimName: 'shared' } }],
        containers: [
          {
            name: 'look',
            image: 'kindlab/data:1',
            args: ['python', '-c', script],
            volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
          },
        ],
      },
    });
    await shell(
      `kubectl run look --image=kindlab/data:1 --restart=Never --overrides='${overrides.replaceAll("'", `'\\''`)}'`,
    );
    await shell("kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/look --timeout=60s");
    expect(await shell('kubectl logs look')).toBe('12');
  },
);

it('Spark gets executors, reads a year and prints its result', { timeout: JOB_MS }, async () => {
  await apply('spark');
  expect(await shell('kubectl wait --for=condition=Complete job/delays --timeout=240s')).toContain(
    'condition met',
  );
  const logs = await shell('kubectl logs job/delays');
  expect(logs).toContain('flights: 336776');
  expect(logs).toMatch(/\|F9 +\|685 +\|21.9 +\|Frontier Airlines Inc\. +\|/);
});

it('nothing is left of the session', async () => {
  await sandbox[Symbol.asyncDispose]();
  expect(await listBelongings(provider.engine, provider.install)).toEqual([]);
});
