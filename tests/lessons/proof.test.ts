import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileLab } from '../../src/lessons/compile-lab.ts';
import { listLessons, placeOfLesson } from '../../src/lessons/content-files.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';
import { RealProvider } from '../../tools/support/real-provider.ts';
import { chooseLessons } from '../../tools/lesson/choose-lessons.ts';
import { proveLesson, proofMode } from '../../tools/lesson/proof.ts';

const LESSON_MS = 20 * 60_000;

const files = listLessons();
const chosen = await chooseLessons(files, process.env.KINDLAB_PROOFS ?? 'all', process.cwd());
console.log(`Of ${files.length} lessons, this run proves ${chosen.length}: ${chosen.join(' ')}`);

/** Each lab with the solution from the text of this lesson. */
const lessons = await Promise.all(
  chosen.map(async (file) => {
    const { frontmatter } = await readLesson(file, process.cwd());
    const { locale } = placeOfLesson(file);
    const mode = proofMode(locale);
    return { file, mode, lab: await compileLab(frontmatter.lab, { locale }) };
  }),
);

const provider = new RealProvider('proof');

beforeAll(async () => provider.begin());
afterAll(async () => provider[Symbol.asyncDispose]());

// A proof mostly waits, so as many run in parallel as there are processors.
describe.concurrent('the proof', { timeout: LESSON_MS }, () => {
  it.each(lessons)('$file, $mode', async ({ lab, mode }) => {
    const { failures, held } = await proveLesson({ lab, mode, provider });
    expect(failures).toEqual([]);
    expect(held).toBeGreaterThan(0);
  });
});
