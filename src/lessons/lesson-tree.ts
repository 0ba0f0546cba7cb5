import { blockId, fileOf, isPartOfSolution, type LessonBlock } from './blocks.ts';
import { type JsxElement, readAttributes } from './lesson-components.ts';
import { LessonError, type LessonErrorPlace } from './lesson-error.ts';

/** Where the text uses a component that has an id. */
export interface ComponentUse {
  id: string;
  place: LessonErrorPlace;
}

export interface LessonStep extends ComponentUse {
  title: string;
  blocks: LessonBlock[];
  checks: ComponentUse[];
  hints: number;
  previews: ComponentUse[];
  predictions: Prediction[];
}

/** A question that the learner answers before a block shows what happens. */
export interface Prediction extends ComponentUse {
  guesses: number;
  /** How many of the guesses are marked as right. */
  right: number;
  /** How many blocks of the step's solution come before it. */
  after: number;
}

/** The parts of a lesson's text that its lab and its page work with. */
export interface LessonTree {
  steps: LessonStep[];
  /** All fenced blocks in the order of the text, including those outside of steps. */
  blocks: LessonBlock[];
  /** The words that link to the glossary. */
  terms: ComponentUse[];
}

/** A node of the syntax tree: https://github.com/syntax-tree/mdast, with its MDX extension. */
export interface MdxNode extends JsxElement {
  type: string;
  position?: { start: { line: number; column: number } } | undefined;
  children?: readonly MdxNode[];
  value?: string;
  lang?: string | null;
  meta?: string | null;
}

/**
 * Reads the syntax tree of a lesson.
 *
 * @param file path from the project's root, for errors
 * @throws LessonError when the text uses a component or a block in a way that is not allowed
 */
export function readTree(root: MdxNode, file: string): LessonTree {
  const lesson: LessonTree = { steps: [], blocks: [], terms: [] };
  new TreeReader(lesson, file).walk(root, undefined);
  for (const step of lesson.steps) step.predictions.forEach((each) => reviewPrediction(each, step));
  return lesson;
}

/** Whether the node is one of a lesson's components. */
export function isComponent({ type, name }: MdxNode): boolean {
  return /^mdxJsx(Flow|Text)Element$/.test(type) && /^[A-Z]/.test(name ?? '');
}

class TreeReader {
  readonly #lesson: LessonTree;
  readonly #file: string;
  readonly #blockIds = new Set<string>();

  constructor(lesson: LessonTree, file: string) {
    this.#lesson = lesson;
    this.#file = file;
  }

  walk(node: MdxNode, step: LessonStep | undefined): void {
    if (node.type === 'code') this.#addBlock(node, step);
    const within = isComponent(node) ? this.#enter(node, step) : step;
    for (const child of node.children ?? []) this.walk(child, within);
  }

  #addBlock(node: MdxNode, step: LessonStep | undefined): void {
    const fence = { lang: node.lang ?? '', meta: node.meta ?? '', text: node.value ?? '' };
    const place = this.#placeOf(node);
    reviewBlock({ ...fence, place });
    const id = blockId(step?.id, fence, this.#blockIds);
    this.#blockIds.add(id);
    const isCounted = step !== undefined && isPartOfSolution(fence);
    const solutionIndex = isCounted ? solutionLength(step) : undefined;
    const block: LessonBlock = { id, ...fence, place, solutionIndex };
    this.#lesson.blocks.push(block);
    step?.blocks.push(block);
  }

  /** Notes a component, and returns the step that its children belong to. */
  #enter(element: MdxNode, step: LessonStep | undefined): LessonStep | undefined {
    const place = this.#placeOf(element);
    const attributes = readAttributes(element, place);
    const { id = '' } = attributes;
    if (element.name === 'Step') {
      if (step !== undefined) {
        throw new LessonError(place, 'a step within a step', 'steps one after the other');
      }
      return this.#addStep({ id, title: attributes.title ?? '', place });
    }
    if (element.name === 'Term') {
      this.#lesson.terms.push({ id, place });
      return step;
    }
    if (step === undefined) {
      throw new LessonError(place, `<${String(element.name)}> outside of a step`, 'inside <Step>');
    }
    if (element.name === 'Hint') step.hints += 1;
    else if (element.name === 'Check') step.checks.push({ id, place });
    else if (element.name === 'Preview') step.previews.push({ id, place });
    else if (element.name === 'Predict') {
      step.predictions.push({ id, place, guesses: 0, right: 0, after: solutionLength(step) });
    } else {
      addGuess(step, attributes.right !== undefined, place);
    }
    return step;
  }

  #addStep(head: Pick<LessonStep, 'id' | 'title' | 'place'>): LessonStep {
    if (this.#lesson.steps.some(({ id }) => id === head.id)) {
      throw new LessonError(head.place, `a second step "${head.id}"`, 'one step of each id');
    }
    const empty = { blocks: [], checks: [], hints: 0, previews: [], predictions: [] };
    const step: LessonStep = { ...head, ...empty };
    this.#lesson.steps.push(step);
    return step;
  }

  #placeOf({ position }: MdxNode): LessonErrorPlace {
    const { line = 1, column = 1 } = position?.start ?? {};
    return { file: this.#file, line, column };
  }
}

/** How many of the step's blocks make up its solution. */
export function solutionLength({ blocks }: LessonStep): number {
  return blocks.filter(isPartOfSolution).length;
}

function addGuess(step: LessonStep, isRight: boolean, place: LessonErrorPlace): void {
  const prediction = step.predictions.at(-1);
  if (prediction === undefined) {
    throw new LessonError(place, '<Guess> outside of a prediction', 'inside <Predict>');
  }
  prediction.guesses += 1;
  if (isRight) prediction.right += 1;
}

/** The proof records output, and a file goes below the learner's folder, whatever the text says. */
function reviewBlock(block: Pick<LessonBlock, 'lang' | 'meta' | 'place'>): void {
  if (block.lang === 'console') {
    const allowed = 'no block: the proof records what each block prints, and the page shows it';
    throw new LessonError(block.place, 'output written by hand', allowed);
  }
  const path = fileOf(block);
  if (path === undefined || /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path)) return;
  throw new LessonError(block.place, `file=${path} is not a path below ~/lab`, 'file=web.yaml');
}

function reviewPrediction(
  { id, place, guesses, right, after }: Prediction,
  step: LessonStep,
): void {
  const complain = (what: string, allowed: string): never => {
    throw new LessonError(place, `prediction ${id} ${what}`, allowed);
  };
  if (step.predictions.filter((other) => other.id === id).length > 1) {
    complain('occurs twice', 'one of each id in a step');
  }
  if (guesses < 2 || guesses > 4) complain(`has ${guesses} guesses`, '2 to 4 <Guess>');
  if (right !== 1) complain(`has ${right} right guesses`, 'one <Guess right>');
  if (after >= solutionLength(step)) {
    complain('has no block after it that shows what happens', 'a ```sh run block after it');
  }
}
