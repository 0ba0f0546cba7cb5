import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { versions } from '../../sandbox/versions.ts';
import { drawDiagram } from '../../src/components/diagram/svg.ts';
import { locales } from '../../src/i18n/locale.ts';
import { isPartOfSolution, isRunnable, titleOf } from '../../src/lessons/blocks.ts';
import { compileLab, lessonsOf } from '../../src/lessons/compile-lab.ts';
import { listLabs, listLessons, placeOfLesson } from '../../src/lessons/content-files.ts';
import { readLesson, type LessonSource } from '../../src/lessons/read-lesson.ts';
import { readRecord, solutionHash } from '../../src/lessons/record.ts';

const root = process.cwd();
const files = listLessons(root);
const labs = listLabs(root);

test('there are lessons and labs', () => {
  expect(files.length).toBeGreaterThan(0);
  expect(labs.length).toBeGreaterThan(0);
});

describe.each(labs)('lab %s', (lab) => {
  test('compiles: the schema, the text and lab.yaml agree', async () => {
    const { steps } = await compileLab(lab, { root });
    expect(steps.length).toBeGreaterThan(0);
  });

  test('has at least one wrong attempt', async () => {
    const { steps } = await compileLab(lab, { root });
    expect(steps.flatMap((step) => step.wrong).length).toBeGreaterThan(0);
  });

  test('has a record of its proof, of this solution and this Kubernetes', async () => {
    const record = await readRecord(lab, root);
    const advice = `npm run lesson -- prove ${lab}`;
    expect(record?.solution, advice).toBe(solutionHash(await compileLab(lab, { root })));
    expect(record?.kubernetes, advice).toBe(`v${versions.kubernetes}`);
  });

  test('each step that has checks has a hint', async () => {
    for (const lesson of await lessonsOf(lab, root)) {
      const bare = lesson.steps.filter((step) => step.checks.length > 0 && step.hints === 0);
      expect(bare.map((step) => step.id)).toEqual([]);
    }
  });

  test('has a lesson in each locale, with the same steps, checks and commands', async () => {
    const lessons = await lessonsOf(lab, root);
    const found = lessons.map((lesson) => placeOfLesson(lesson.file).locale);
    expect(found.sort()).toEqual([...locales].sort());
    const [first, ...others] = lessons.map(practice);
    for (const other of others) expect(other).toEqual(first);
  });
});

/** Everything that must be the same in each locale. */
function practice(lesson: LessonSource) {
  return {
    order: lesson.frontmatter.order,
    steps: lesson.steps.map((step) => ({
      id: step.id,
      checks: step.checks.map((check) => check.id),
      hints: step.hints,
      run: step.blocks.filter(isPartOfSolution).map(({ id, meta, text }) => [id, meta, text]),
      predictions: step.predictions.map(({ id, guesses, after }) => ({ id, guesses, after })),
      diagrams: step.blocks.filter((block) => block.lang === 'diagram').length,
    })),
  };
}

describe.each(files)('%s', (file) => {
  test('uses the lab of the same name', async () => {
    const { unit, slug } = placeOfLesson(file);
    const { frontmatter } = await readLesson(file, root);
    expect(frontmatter.lab).toBe(`${unit}/${slug}`);
  });

  test('each diagram has a title, closed boxes, and a straight right edge', async () => {
    const { blocks } = await readLesson(file, root);
    for (const { lang, meta, text, place } of blocks) {
      if (lang !== 'diagram') continue;
      const where = `${file}:${place.line}`;
      expect(titleOf({ meta }), where).toBeTruthy();
      // A corner or an edge that is read as text belongs to a box that does not close.
      expect(drawDiagram(text).labels.join(' '), where).not.toMatch(/[+|]/);
      expect(drawDiagram(text).markup, where).toContain('class="box');
    }
  });

  test('each block has an id that no other block has', async () => {
    const { blocks } = await readLesson(file, root);
    expect(new Set(blocks.map(({ id }) => id)).size).toBe(blocks.length);
  });

  test('asks for a prediction before it shows the outcome', async () => {
    const { steps } = await readLesson(file, root);
    expect(steps.flatMap(({ predictions }) => predictions)).not.toEqual([]);
  });

  test('runnable code fits beside the terminal', async () => {
    const { blocks } = await readLesson(file, root);
    const long = blocks
      .filter(isRunnable)
      .flatMap((block) => block.text.split('\n'))
      .filter((line) => line.length > 84);
    expect(long).toEqual([]);
  });
});

test('a paragraph of full-width text is one line: a break would show as a space', async () => {
  const wide = /[\u3000-\u9fff\uff00-\uff60]/;
  for (const file of files) {
    const lines = (await readFile(file, 'utf8'))
      .replaceAll(/```[\s\S]*?```/g, fenceLines)
      .split('\n');
    const broken = lines.findIndex(
      (line, i) => wide.test(line.at(-1) ?? '') && wide.test(lines[i + 1]?.trimStart()[0] ?? ''),
    );
    expect(broken === -1 ? undefined : `${file}:${broken + 1}`).toBeUndefined();
  }
});

/** A fence replaced by as many empty lines. */
function fenceLines(fence: string): string {
  return fence.replaceAll(/[^\n]/g, '');
}
