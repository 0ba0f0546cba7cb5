import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabWatcher, watchLab } from '../../sandbox/checks/lab-watcher.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { compileLab, listLessons } from '../../src/lessons/compile-lab.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';
import type { CheckResult } from '../../src/protocol/checks.ts';
import { quiet } from '../support/quiet.ts';
import { RealProvider } from '../support/real-provider.ts';

/** A step may need some seconds after its last command: pods start, nodes report. */
const PASS_MS = 60_000;
const COMMAND_MS = 120_000;

/** A lab with the solution that this lesson's own text gives. */
const lessons = await Promise.all(
  listLessons().map(async (file) => {
    const { frontmatter } = await readLesson(file, process.cwd());
    return { file, lab: await compileLab(frontmatter.lab, { locale: file.split('/')[2] ?? '' }) };
  }),
);

const provider = new RealProvider('proof');

beforeAll(async () => provider.begin());
afterAll(async () => provider[Symbol.asyncDispose]());

describe.each(lessons)('$file', ({ lab }) => {
  let sandbox: Sandbox;
  let watcher: LabWatcher;

  beforeAll(async () => {
    sandbox = await provider.start(lab.profile);
    watcher = watchLab({
      cluster: sandbox.cluster,
      lab,
      log: quiet,
      onCheck: () => undefined,
      onCluster: () => undefined,
    });
  });

  afterAll(async () => {
    await watcher[Symbol.asyncDispose]();
    await sandbox[Symbol.asyncDispose]();
  });

  /** What the learner does: a shell in the workstation. Its failure is no failure of the proof; the checks decide. */
  async function shell(text: string): Promise<string> {
    const signal = AbortSignal.timeout(COMMAND_MS);
    const { output } = await sandbox.workstation.exec(['bash', '-c', text], { signal });
    return output;
  }

  async function ask(step: string): Promise<CheckResult[]> {
    return watcher.ask(step, AbortSignal.timeout(15_000));
  }

  /** Asks until the answers satisfy `isMet`, and returns the last ones. */
  async function askUntil(
    step: string,
    isMet: (results: CheckResult[]) => boolean,
  ): Promise<CheckResult[]> {
    const deadline = Date.now() + PASS_MS;
    for (;;) {
      const results = await ask(step);
      if (isMet(results) || Date.now() > deadline) return results;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  describe.each(lab.steps.filter(({ checks }) => Object.keys(checks).length > 0))(
    'step $id',
    (step) => {
      it('fails before', async () => {
        const results = await ask(step.id);
        expect(results.map(({ outcome }) => outcome)).toEqual(
          Object.keys(step.checks).map(() => 'fail'),
        );
        for (const { evidence } of results) expect(evidence?.seen).not.toEqual([]);
      });

      it.each(step.wrong)('fails on: $run', async ({ run, undo, fails, shows }) => {
        await shell(run);
        const results = await askUntil(step.id, (all) =>
          JSON.stringify(all.map(({ evidence }) => evidence)).includes(shows),
        );
        for (const check of fails) {
          const result = results.find((each) => each.check === check);
          expect(result?.outcome).toBe('fail');
        }
        expect(JSON.stringify(results.map(({ evidence }) => evidence))).toContain(shows);
        if (undo !== undefined) await shell(undo);
      });

      it('passes after its solution', async () => {
        for (const block of step.solution) await shell(block);
        const results = await askUntil(step.id, (all) =>
          all.every(({ outcome }) => outcome === 'pass'),
        );
        expect(results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
      });
    },
  );
});
