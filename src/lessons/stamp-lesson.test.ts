import { mdxToJs, mdxToMdast } from 'satteri';
import { expect, test } from 'vitest';
import type { MdxNode } from './lesson-tree.ts';
import { stampLesson, stampTree } from './stamp-lesson.ts';

const page = `
<Step id="one" title="One">

\`\`\`yaml file=web.yaml
image: "{a}"
\`\`\`

<Predict id="count">

How many?

<Guess right>One</Guess>
<Guess>Two</Guess>

</Predict>

\`\`\`sh run
kubectl apply -f web.yaml
\`\`\`

<Check id="there">It is there.</Check>

</Step>

<Step id="two" title="Two">

\`\`\`diagram title="A \\"pod\\""
+---+
\`\`\`

<Check id="there">It is **still** there.</Check>

</Step>
`;

/** The attributes that each component gets, in the order of the text; true for a flag. */
function stamps(text: string): [name: string, attributes: Record<string, unknown>][] {
  const found: [string, Record<string, unknown>][] = [];
  stampTree(mdxToMdast(text) as MdxNode, 'page.mdx', (_node, { name, attributes = [] }) => {
    const pairs = attributes.map(({ name: key, value }) => [key, plain(value)]);
    found.push([String(name), Object.fromEntries(pairs) as Record<string, unknown>]);
  });
  return found;
}

function plain(value: unknown): unknown {
  if (value === null) return true;
  return typeof value === 'string' ? value : JSON.parse((value as { value: string }).value);
}

const anyIdOf = (step: string): unknown => expect.stringMatching(`^${step}\\.[0-9a-f]{8}$`);

const named = (name: string) =>
  stamps(page)
    .filter(([each]) => each === name)
    .map(([, attributes]) => attributes);

test('checks get an address that their step makes unique', () => {
  expect(named('Check').map(({ address }) => address)).toEqual(['one.there', 'two.there']);
});

test('the guesses of a prediction get one group', () => {
  expect(named('Guess')).toEqual([
    { right: true, group: 'guess-one-count' },
    { group: 'guess-one-count' },
  ]);
});

test('a step is solvable when blocks of it are run', () => {
  expect(named('Step').map(({ solvable }) => solvable)).toEqual([true, undefined]);
});

test('blocks get an id, and their index in the solution', () => {
  const [file, run] = named('CodeBlock');
  expect(file).toEqual({
    ...{ id: anyIdOf('one'), file: 'web.yaml', text: 'image: "{a}"' },
    command: 'cat > ~/lab/web.yaml <<\'EOF\'\nimage: "{a}"\nEOF',
    ...{ step: 'one', index: '0' },
  });
  expect(run).toEqual({
    ...{ id: anyIdOf('one'), runnable: true, step: 'one', index: '1' },
  });
});

test('a block keeps its id when another comes before it', () => {
  const ids = (text: string) =>
    stamps(text).flatMap(([name, { id }]) => (name === 'CodeBlock' ? [id] : []));
  const moved = page.replace('<Predict', '```sh run\nkubectl get nodes\n```\n\n<Predict');
  expect(ids(moved)).toEqual(expect.arrayContaining(ids(page)));
  expect(ids(moved)).toHaveLength(3);
});

test('a compiled lesson has the stamps, and diagrams in place of their code', () => {
  const { code } = mdxToJs(page, { mdastPlugins: [stampLesson] });
  expect(code).toContain('"two.there"');
  expect(code.match(/"guess-one-count"/g)).toHaveLength(2);
  expect(code).toContain('kubectl apply -f web.yaml');
  expect(code).toMatch(/Diagram/);
  expect(code).toMatch(/strong/);
});

test('a compiled lesson that breaks a rule names file, line and column', () => {
  const compile = () => mdxToJs('\n<Check id="x" />\n', { mdastPlugins: [stampLesson] });
  expect(compile).toThrow(':2:1: <Check> outside of a step');
});
