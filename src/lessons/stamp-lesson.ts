import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineMdastPlugin, type MdastNode } from 'satteri';
import {
  fileOf,
  isPartOfSolution,
  isRunnable,
  type LessonBlock,
  shellTextOf,
  titleOf,
} from './blocks.ts';
import { isComponent, type LessonTree, type MdxNode, readTree } from './lesson-tree.ts';

/** What surrounds a node in the text. */
interface Around {
  step?: string;
  prediction?: string;
}

/** A string, or true for a flag. */
type Attributes = Record<string, string | true | undefined>;

type Replace = (node: MdxNode, replacement: MdxNode) => void;

/**
 * Runs while Astro compiles a lesson, and gives each component what it cannot know by itself: a
 * check its address, a guess its group, a block its id and which recorded output is its own.
 *
 * @throws LessonError when the text uses a component in a way that is not allowed
 */
export const stampLesson = defineMdastPlugin({
  name: 'kindlab-stamp-lesson',
  options: { position: true },
  before(root, context) {
    const { fileURL } = context;
    const file = fileURL === undefined ? '' : relative(process.cwd(), fileURLToPath(fileURL));
    stampTree(root as MdxNode, file, (node, replacement) =>
      context.replaceNode(node as MdastNode, replacement as MdastNode),
    );
  },
});

/** Calls `replace` for each node that needs a stamp. The replacement keeps the node's children. */
export function stampTree(root: MdxNode, file: string, replace: Replace): void {
  const lesson = readTree(root, file);
  const blocks = lesson.blocks.values();
  const visit = (node: MdxNode, around: Around): void => {
    if (node.type === 'code') {
      const { value: block } = blocks.next();
      if (block !== undefined) replace(node, blockElement(block, node, around));
      return;
    }
    let within = around;
    if (isComponent(node)) {
      const id = idOf(node);
      if (node.name === 'Step') within = { step: id };
      if (node.name === 'Predict') within = { ...around, prediction: id };
      const stamps = stampsOf(node, lesson, within);
      if (stamps !== undefined) replace(node, withAttributes(node, stamps));
    }
    for (const child of node.children ?? []) visit(child, within);
  };
  visit(root, {});
}

function stampsOf(node: MdxNode, lesson: LessonTree, around: Around): Attributes | undefined {
  const { step = '', prediction = '' } = around;
  if (node.name === 'Step') {
    const blocks = lesson.steps.find(({ id }) => id === step)?.blocks ?? [];
    return { solvable: blocks.some(isPartOfSolution) || undefined };
  }
  if (node.name === 'Check') return { address: `${step}.${idOf(node)}` };
  if (node.name === 'Guess') return { group: `guess-${step}-${prediction}` };
  return undefined;
}

function idOf({ attributes = [] }: MdxNode): string {
  const value = attributes.find(({ name }) => name === 'id')?.value;
  return typeof value === 'string' ? value : '';
}

/** The component that stands for a fenced block; highlighted code is its child. */
function blockElement(block: LessonBlock, code: MdxNode, { step }: Around): MdxNode {
  if (block.lang === 'diagram') {
    const attributes = { source: block.text, title: titleOf(block) };
    return withAttributes({ type: 'mdxJsxFlowElement', name: 'Diagram', children: [] }, attributes);
  }
  const element = { type: 'mdxJsxFlowElement', name: 'CodeBlock', children: [code] };
  const file = fileOf(block);
  return withAttributes(element, {
    id: block.id,
    runnable: isRunnable(block) || undefined,
    file,
    text: file === undefined ? undefined : block.text,
    command: file === undefined ? undefined : shellTextOf(block),
    step,
    index: block.solutionIndex?.toString(),
  });
}

function withAttributes(element: MdxNode, stamps: Attributes): MdxNode {
  const added = Object.entries(stamps)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ type: 'mdxJsxAttribute', name, value: attributeValue(value) }));
  const { attributes = [], children = [] } = element;
  return { ...element, attributes: [...attributes, ...added], children };
}

/** Text as an expression, so that quotes, braces and newlines reach the component as they are. */
function attributeValue(value: string | true | undefined): unknown {
  if (typeof value !== 'string') return null;
  return { type: 'mdxJsxAttributeValueExpression', value: JSON.stringify(value) };
}
