import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mdxToMdast } from 'satteri';
import { placeOfLesson } from './content-files.ts';
import { type Frontmatter, frontmatterSchema } from './frontmatter.ts';
import { LessonError } from './lesson-error.ts';
import { type LessonTree, type MdxNode, readTree } from './lesson-tree.ts';
import { parseOnce } from './parse-once.ts';
import { readYaml } from './read-yaml.ts';

/** One page of a lesson, in one locale. */
export interface LessonSource extends LessonTree {
  /** Path from the project's root. */
  file: string;
  frontmatter: Frontmatter;
}

/**
 * Reads one lesson. The result is shared: callers must not change it.
 *
 * @param file path from `root`
 * @throws LessonError when the file is not valid MDX, its front matter is wrong or names another
 *   lesson's lab, or it uses a component in a way that is not allowed
 */
export async function readLesson(file: string, root: string): Promise<LessonSource> {
  return parseLesson(file, await readFile(join(root, file), 'utf8'));
}

const parseLesson = parseOnce((file, text): LessonSource => {
  const tree = parseMdx(file, text);
  const first = tree.children?.[0];
  const place = { file, line: 1, column: 1 };
  if (first?.type !== 'yaml') {
    throw new LessonError(place, 'no front matter', '--- title, … ---');
  }
  const { value: frontmatter } = readYaml(frontmatterSchema, {
    file,
    text: first.value ?? '',
    linesBefore: 1,
  });
  const { unit, slug } = placeOfLesson(file);
  if (frontmatter.lab !== `${unit}/${slug}`) {
    const what = `lab: ${frontmatter.lab} is not the lesson's own name`;
    throw new LessonError(place, what, `lab: ${unit}/${slug}`);
  }
  return { file, frontmatter, ...readTree(tree, file) };
});

function parseMdx(file: string, text: string): MdxNode {
  try {
    return mdxToMdast(text) as MdxNode;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [, line = 1, column = 1, reason = error.message] =
      /^(\d+):(\d+): (.*?)(?: \([\w-]+:[\w-]+\))?$/.exec(error.message) ?? [];
    throw new LessonError(
      { file, line: Number(line), column: Number(column) },
      reason,
      'MDX; write a literal { or < in text as \\{ or &lt;',
    );
  }
}
