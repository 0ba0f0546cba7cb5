import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, labSchema } from '../../src/protocol/lab.ts';
import { RealProvider } from '../../tools/support/real-provider.ts';
import { proveLesson } from '../../tools/lesson/proof.ts';

type LabStep = Lab['steps'][number];

const provider = new RealProvider('broken');
const patienceMs = 4_000;

beforeAll(async () => provider.begin());
afterAll(async () => provider[Symbol.asyncDispose]());

/** A lab of one step whose claims all hold, except for what is changed. */
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

async function failedClaims(
  change: Partial<LabStep>,
  mode: 'typed' | 'replayed' = 'typed',
): Promise<string[]> {
  const proven = await proveLesson({ lab: lab(change), provider, mode, patienceMs });
  expect(proven.record).toBeUndefined();
  return proven.failures.map(({ claim }) => claim);
}

it('proves a sound lab, and records what its block printed', async () => {
  const { failures, record } = await proveLesson({
    lab: lab({}),
    provider,
    mode: 'typed',
    patienceMs,
  });
  expect(failures).toEqual([]);
  expect(record?.steps.note?.[0]?.text).toBe('configmap/note created');
  expect(record?.memoryMib).toBeGreaterThan(100);
});

it('finds a solution that does not solve the step', async () => {
  const failed = await failedClaims({ solution: ['kubectl create configmap nota'] });
  expect(failed).toEqual(['check there passes after the solution']);
});

it('finds a check that passes before anything is done', async () => {
  const [check] = Object.values(lab({}).steps[0]!.checks);
  const failed = await failedClaims({
    checks: {
      there: {
        ...check!,
        expect: 'true || object.kind == ""',
        resource: { apiVersion: 'v1', kind: 'Node', namespace: 'default', name: 'worker' },
      },
    },
  });
  expect(failed).toContain('check there fails before the step, and says why');
});

it('finds a wrong attempt that passes its check, or that the evidence does not show', async () => {
  const [attempt] = lab({}).steps[0]!.wrong;
  const right = 'kubectl create configmap note --from-literal=text=right';
  expect(await failedClaims({ wrong: [{ ...attempt!, run: right }] }, 'replayed')).toHaveLength(2);
  const failed = await failedClaims(
    { wrong: [{ ...attempt!, shows: 'text = "other"' }] },
    'replayed',
  );
  expect(failed).toEqual([expect.stringContaining('the evidence shows "text = "other""')]);
});

it('finds a block that never returns to the prompt, and removes what it left', async () => {
  const failed = await failedClaims({ solution: ['exit'] });
  expect(failed).toEqual([expect.stringContaining('block 1 ("exit") ends')]);
});
