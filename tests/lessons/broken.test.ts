import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, labSchema } from '../../src/protocol/lab.ts';
import { RealProvider } from '../../tools/support/real-provider.ts';
import { proveLesson } from '../../tools/lesson/proof.ts';

type LabStep = Lab['steps'][number];

const provider = new RealProvider('broken');
const patienceMs = 4_000;

beforeAll(async () => provider.begin());
afterAll(async () => provider[Symbol.asyncDispose]());

/** A lab of one step that keeps all its promises, but for what is changed. */
function lab(change: Partial<LabStep>): Lab {
  const good: LabStep = {
    id: 'note',
    checks: {
      there: {
        resource: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'note' },
        expect: 'object.data["text"] == "right"',
        explain: 'events',
      },
    },
    wrong: [
      {
        run: 'kubectl create configmap note --from-literal=text=wrong',
        undo: 'kubectl delete configmap note',
        fails: ['there'],
        shows: 'text = "wrong"',
      },
    ],
    solution: ['kubectl create configmap note --from-literal=text=right'],
  };
  return labSchema.parse({ id: 'concepts/broken', profile: {}, steps: [{ ...good, ...change }] });
}

async function promisesBroken(
  change: Partial<LabStep>,
  way: 'typed' | 'replayed' = 'typed',
): Promise<string[]> {
  const proven = await proveLesson({ lab: lab(change), provider, way, patienceMs });
  expect(proven.record).toBeUndefined();
  return proven.failures.map(({ promise }) => promise);
}

it('a lab that keeps its promises is proven, with a record of what its block printed', async () => {
  const { failures, record } = await proveLesson({
    lab: lab({}),
    provider,
    way: 'typed',
    patienceMs,
  });
  expect(failures).toEqual([]);
  expect(record?.steps.note?.[0]?.text).toBe('configmap/note created');
  expect(record?.memoryMib).toBeGreaterThan(100);
});

it('a solution that does not solve is found', async () => {
  const broken = await promisesBroken({ solution: ['kubectl create configmap nota'] });
  expect(broken).toEqual(['check there passes after the solution']);
});

it('a check that passes before anything is done is found', async () => {
  const [check] = Object.values(lab({}).steps[0]!.checks);
  const broken = await promisesBroken({
    checks: {
      there: {
        ...check!,
        expect: 'true || object.kind == ""',
        resource: { apiVersion: 'v1', kind: 'Node', namespace: 'default', name: 'worker' },
      },
    },
  });
  expect(broken).toContain('check there fails before the step, and says why');
});

it('a wrong attempt that its check lets pass, or that the evidence does not show, is found', async () => {
  const [attempt] = lab({}).steps[0]!.wrong;
  const right = 'kubectl create configmap note --from-literal=text=right';
  expect(await promisesBroken({ wrong: [{ ...attempt!, run: right }] }, 'replayed')).toHaveLength(
    2,
  );
  const broken = await promisesBroken(
    { wrong: [{ ...attempt!, shows: 'text = "other"' }] },
    'replayed',
  );
  expect(broken).toEqual([expect.stringContaining('the evidence shows "text = "other""')]);
});

it('a block that never gives the prompt back is found, and what it left is removed', async () => {
  const broken = await promisesBroken({ solution: ['exit'] });
  expect(broken).toEqual([expect.stringContaining('block 1 ("exit") comes to its end')]);
});
