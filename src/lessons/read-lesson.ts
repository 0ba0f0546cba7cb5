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
  previews: { id: string; place: LessonErrorPlace }[];
  predictions: Prediction[];
}

/** A question that the learner answers before a block shows what happens. */
export interface Prediction {
  id: string;
  place: LessonErrorPlace;
  guesses: number;
  /** How many of the guesses are marked as right. */
  right: number;
  /** How many blocks of the step's solution stand before it. */
  after: number;
}

/** What a lesson's page says, as far as a lab is concerned. */
export interface LessonSource {
  /** Path from the project's root. */
  file: string;
  frontmatter: Frontmatter;
  steps: LessonStep[];
  /** All fenced blocks, those outside of steps too. */
  blocks: LessonBlock[];
  /** The words that link to the glossary. */
  terms: { id: string; place: LessonErrorPlace }[];
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

/** The components that a lesson may use, with their attributes; a flag has no value. */
const components: Record<string, { required: string[]; flags?: string[] }> = {
  Step: { required: ['id', 'title'] },
  Check: { required: ['id'] },
  Hint: { required: [] },
  Preview: { required: ['id', 'title'] },
  Predict: { required: ['id'] },
  Guess: { required: [], flags: ['right'] },
  Term: { required: ['id'] },
};

const parser = unified().use(remarkParse).use(remarkFrontmatter).use(remarkMdx).freeze();

/** Whether the block belongs to the step's solution: it is run, or written to a file. */
export function isPartOfSolution(block: LessonBlock): boolean {
  return isRunnable(block) || fileOf(block) !== undefined;
}

/** Whether the block has a Run button. */
export function isRunnable({ lang, meta }: Pick<LessonBlock, 'lang' | 'meta'>): boolean {
  return lang === 'sh' && meta.split(/\s+/).includes('run');
}

/** The path below `~/lab` of the file that the block is. */
export function fileOf({ meta }: Pick<LessonBlock, 'meta'>): string | undefined {
  return /(?:^|\s)file=(\S+)/.exec(meta)?.[1];
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
  const lesson: LessonSource = { file, frontmatter, steps: [], blocks: [], terms: [] };
  walk(tree, lesson, undefined);
  for (const step of lesson.steps) step.predictions.forEach((each) => reviewPrediction(each, step));
  return lesson;
}

function reviewPrediction(
  { id, place, guesses, right, after }: Prediction,
  step: LessonStep,
): void {
  const complain = (what: string, allowed: string): never => {
    throw new LessonError(place, `prediction ${id} ${what}`, allowed);
  };
  if (step.predictions.filter((other) => other.id === id).length > 1) {
    complain('is there twice', 'one of each id in a step');
  }
  if (guesses < 2 || guesses > 4) complain(`has ${guesses} guesses`, '2 to 4 <Guess>');
  if (right !== 1) complain(`has ${right} right guesses`, 'one <Guess right>');
  if (after >= step.blocks.filter(isPartOfSolution).length) {
    complain('is followed by no block that shows what happens', 'a ```sh run block after it');
  }
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
    reviewBlock(block);
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
    const entered: LessonStep = {
      ...{ id, title, place, blocks: [], checks: [], hints: 0 },
      ...{ previews: [], predictions: [] },
    };
    lesson.steps.push(entered);
    return entered;
  }
  const { id = '' } = attributes;
  if (element.name === 'Term') {
    lesson.terms.push({ id, place });
    return step;
  }
  if (step === undefined) {
    throw new LessonError(place, `<${String(element.name)}> outside of a step`, 'inside <Step>');
  }
  if (element.name === 'Hint') step.hints += 1;
  else if (element.name === 'Check') step.checks.push({ id, place });
  else if (element.name === 'Preview') step.previews.push({ id, place });
  else if (element.name === 'Predict') {
    const after = step.blocks.filter(isPartOfSolution).length;
    step.predictions.push({ id, place, guesses: 0, right: 0, after });
  } else {
    const prediction = step.predictions.at(-1);
    if (prediction === undefined) {
      throw new LessonError(place, '<Guess> outside of a prediction', 'inside <Predict>');
    }
    prediction.guesses += 1;
    if (attributes.right !== undefined) prediction.right += 1;
  }
  return step;
}

/** Output is recorded, and a file is written below the learner's folder, whatever the author typed. */
function reviewBlock(block: LessonBlock): void {
  if (block.lang === 'console') {
    const allowed =
      'no block: the proof records what each block prints, and the page shows it below';
    throw new LessonError(block.place, 'output by hand', allowed);
  }
  const path = fileOf(block);
  if (path === undefined || /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path)) return;
  throw new LessonError(block.place, `file=${path} is no path below ~/lab`, 'file=web.yaml');
}

function readAttributes(element: MdxNode, place: LessonErrorPlace): Record<string, string> {
  const name = String(element.name);
  const known = components[name];
  if (known === undefined) {
    const allowed = Object.keys(components).map((other) => `<${other}>`);
    throw new LessonError(place, `unknown component <${name}>`, allowed.join(', '));
  }
  const { required, flags = [] } = known;
  const attributes: Record<string, string> = {};
  const allowed = [...required, ...flags].join(', ') || 'no attribute';
  for (const attribute of element.attributes ?? []) {
    const key = attribute.name ?? '{…}';
    if (![...required, ...flags].includes(key)) {
      throw new LessonError(place, `<${name}> has an attribute ${key}`, allowed);
    }
    if (flags.includes(key)) attribute.value = '';
    if (typeof attribute.value !== 'string') {
      throw new LessonError(place, `${key} of <${name}> is not a text`, `${key}="…"`);
    }
    attributes[key] = attribute.value;
  }
  const missing = required.find((key) => attributes[key] === undefined);
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
