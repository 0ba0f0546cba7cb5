import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import remarkFrontmatter from 'remark-frontmatter';
import remarkMdx from 'remark-mdx';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { LessonError } from './lesson-error.ts';
import type { LessonErrorPlace } from './lesson-error.ts';
import { frontmatterSchema } from './frontmatter.ts';
import type { Frontmatter } from './frontmatter.ts';
import { readYaml } from './read-yaml.ts';

/** A fenced block: its language, the words after it, its text. */
export interface LessonBlock {
  lang: string;
  meta: string;
  text: string;
  place: LessonErrorPlace;
}

export interface LessonStep {
  id: string;
  title: string;
  place: LessonErrorPlace;
  blocks: LessonBlock[];
  checks: { id: string; place: LessonErrorPlace }[];
  hints: number;
}

/** What a lesson's page says, as far as a lab is concerned. */
export interface LessonSource {
  /** Path from the project's root. */
  file: string;
  frontmatter: Frontmatter;
  steps: LessonStep[];
  /** All fenced blocks, those outside of steps too. */
  blocks: LessonBlock[];
}

/** What is read of a node of the syntax tree: https://github.com/syntax-tree/mdast, and its extension for MDX. */
interface MdxNode {
  type: string;
  position?: { start: { line: number; column: number } };
  children?: MdxNode[];
  value?: string;
  lang?: string | null;
  meta?: string | null;
  name?: string | null;
  attributes?: { type: string; name?: string; value?: unknown }[];
}

/** The components that a lesson may use, with their attributes. */
const components: Record<string, { required: string[]; optional: string[] }> = {
  Step: { required: ['id', 'title'], optional: [] },
  Check: { required: ['id'], optional: [] },
  Hint: { required: [], optional: ['title'] },
};

const parser = unified().use(remarkParse).use(remarkFrontmatter).use(remarkMdx).freeze();

/** Whether the block has a Run button, and so belongs to the step's solution. */
export function isRunnable(block: LessonBlock): boolean {
  return block.lang === 'sh' && block.meta.split(/\s+/).includes('run');
}

/**
 * Reads one lesson. Throws `LessonError` when it is not valid MDX, its front matter is wrong, or it uses a component in a way that is
 * not allowed.
 *
 * @param file path from `root`
 */
export async function readLesson(file: string, root: string): Promise<LessonSource> {
  const text = await readFile(join(root, file), 'utf8');
  const tree = parseMdx(file, text);
  const first = tree.children?.[0];
  if (first?.type !== 'yaml') {
    throw new LessonError({ file, line: 1, column: 1 }, 'no front matter', '--- title, … ---');
  }
  const { value: frontmatter } = readYaml(frontmatterSchema, {
    file,
    text: first.value ?? '',
    linesBefore: 1,
  });
  const lesson: LessonSource = { file, frontmatter, steps: [], blocks: [] };
  walk(tree, lesson, undefined);
  return lesson;
}

function parseMdx(file: string, text: string): MdxNode {
  try {
    return parser.parse(text) as MdxNode;
  } catch (error) {
    if (!isParserMessage(error)) throw error;
    // What is missing at the end has its beginning in the message alone.
    const [, line = 1, column = 1] = /\((\d+):(\d+)/.exec(error.reason) ?? [];
    throw new LessonError(
      { file, line: error.line ?? Number(line), column: error.column ?? Number(column) },
      error.reason.replace(/\.$/, ''),
      'MDX; write a literal { or < in text as \\{ or &lt;',
    );
  }
}

/** What the parser throws. */
function isParserMessage(
  error: unknown,
): error is { reason: string; line?: number; column?: number } {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string';
}

function walk(node: MdxNode, lesson: LessonSource, step: LessonStep | undefined): void {
  let within = step;
  if (node.type === 'code') {
    const block = toBlock(node, lesson.file);
    lesson.blocks.push(block);
    step?.blocks.push(block);
  } else if (/^mdxJsx(Flow|Text)Element$/.test(node.type) && /^[A-Z]/.test(node.name ?? '')) {
    within = enter(node, lesson, step);
  }
  for (const child of node.children ?? []) walk(child, lesson, within);
}

/** Notes a component, and returns the step that its children belong to. */
function enter(
  element: MdxNode,
  lesson: LessonSource,
  step: LessonStep | undefined,
): LessonStep | undefined {
  const place = placeOf(element, lesson.file);
  const attributes = readAttributes(element, place);
  if (element.name === 'Step') {
    if (step !== undefined) throw new LessonError(place, 'a step within a step', 'steps in a row');
    const { id = '', title = '' } = attributes;
    if (lesson.steps.some((other) => other.id === id)) {
      throw new LessonError(place, `a second step "${id}"`, 'one step of each id');
    }
    const entered: LessonStep = { id, title, place, blocks: [], checks: [], hints: 0 };
    lesson.steps.push(entered);
    return entered;
  }
  if (step === undefined) {
    throw new LessonError(place, `<${String(element.name)}> outside of a step`, 'inside <Step>');
  }
  if (element.name === 'Hint') step.hints += 1;
  else step.checks.push({ id: attributes.id ?? '', place });
  return step;
}

function readAttributes(element: MdxNode, place: LessonErrorPlace): Record<string, string> {
  const name = String(element.name);
  const known = components[name];
  if (known === undefined) {
    const allowed = Object.keys(components).map((other) => `<${other}>`);
    throw new LessonError(place, `unknown component <${name}>`, allowed.join(', '));
  }
  const attributes: Record<string, string> = {};
  const allowed = [...known.required, ...known.optional].join(', ') || 'no attribute';
  for (const attribute of element.attributes ?? []) {
    const key = attribute.name ?? '{…}';
    if (![...known.required, ...known.optional].includes(key)) {
      throw new LessonError(place, `<${name}> has an attribute ${key}`, allowed);
    }
    if (typeof attribute.value !== 'string') {
      throw new LessonError(place, `${key} of <${name}> is not a text`, `${key}="…"`);
    }
    attributes[key] = attribute.value;
  }
  const missing = known.required.find((key) => attributes[key] === undefined);
  if (missing !== undefined) throw new LessonError(place, `<${name}> lacks ${missing}`, allowed);
  return attributes;
}

function toBlock(node: MdxNode, file: string): LessonBlock {
  return {
    lang: node.lang ?? '',
    meta: node.meta ?? '',
    text: node.value ?? '',
    place: placeOf(node, file),
  };
}

function placeOf(node: MdxNode, file: string): LessonErrorPlace {
  const { line = 1, column = 1 } = node.position?.start ?? {};
  return { file, line, column };
}
