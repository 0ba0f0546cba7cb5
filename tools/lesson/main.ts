import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, toLabError } from '../../sandbox/errors.ts';
import { projectRoot } from '../../sandbox/images/build/files.ts';
import { interruption } from '../../sandbox/interruption.ts';
import { prepareAtTerminal } from '../../sandbox/setup/prepare-at-terminal.ts';
import { compileLab, lessonsOf } from '../../src/lessons/compile-lab.ts';
import { listLabs, placeOfLesson } from '../../src/lessons/content-files.ts';
import { LessonError } from '../../src/lessons/lesson-error.ts';
import { recordFile } from '../../src/lessons/record.ts';
import { RealProvider } from '../support/real-provider.ts';
import { createLesson } from './create-lesson.ts';
import { schemaFiles } from './schema-files.ts';
import { proveLesson, type ProofReport, proofMode } from './proof.ts';
import type { ProofOptions } from './step-prover.ts';

const USAGE = `npm run lesson -- new UNIT/NAME              writes a lesson that passes its proof, for you to change
npm run lesson -- prove [UNIT/NAME …]        proves lessons in every language, and records what their pages show
npm run lesson -- prove UNIT/NAME --step ID  proves one step in the default language, from its checkpoint
npm run lesson -- schema                     writes the reference of lab.yaml from its schema`;

const NEXT = `
Next: note new addresses (npx vitest run tests/content/addresses.test.ts -u --project fast),
run "npm run check", and commit record.json with the rest.`;

/** The command line of authors. */
async function main(argv: readonly string[], signal: AbortSignal): Promise<void> {
  const [verb, ...rest] = argv;
  const [name] = rest;
  if (verb === 'new' && name !== undefined) {
    const files = await createLesson(name, projectRoot);
    console.log(`Written:\n${files.map((file) => `  ${file}`).join('\n')}`);
    console.log(`Next: "npm run lesson -- prove ${name}", then change it.`);
  } else if (verb === 'schema') {
    for (const [file, text] of Object.entries(await schemaFiles(projectRoot))) {
      await writeFile(join(projectRoot, file), text);
    }
  } else if (verb === 'prove') {
    await prove(rest, signal);
  } else {
    console.error(USAGE);
    process.exitCode = 2;
  }
}

async function prove(argv: readonly string[], signal: AbortSignal): Promise<void> {
  const at = argv.indexOf('--step');
  const only = at === -1 ? undefined : argv[at + 1];
  const named = at === -1 ? argv : argv.slice(0, at);
  const labs = named.length > 0 ? named : listLabs(projectRoot);
  // Reports a mistake in the text before minutes of set-up.
  for (const lab of labs) await compileLab(lab, { root: projectRoot });
  const { images } = await prepareAtTerminal({ log: 'lesson.log', signal });
  await using provider = new RealProvider('prove', images);
  await provider.begin(signal);
  for (const lab of labs) await proveLab(lab, { only, provider, signal });
  if (process.exitCode === undefined && only === undefined) console.log(NEXT);
}

async function proveLab(
  id: string,
  options: Pick<ProofOptions, 'only' | 'provider' | 'signal'>,
): Promise<void> {
  for (const { file } of await lessonsOf(id, projectRoot)) {
    const { locale } = placeOfLesson(file);
    const mode = proofMode(locale);
    if (options.only !== undefined && mode === 'replayed') continue;
    console.log(`\n${file}`);
    const lab = await compileLab(id, { root: projectRoot, locale });
    const onProgress = (line: string): void => console.log(`  ${line}`);
    const report = await proveLesson({ ...options, lab, mode, onProgress });
    print(report);
    if (report.record === undefined) continue;
    await writeFile(
      join(projectRoot, recordFile(id)),
      `${JSON.stringify(report.record, undefined, 1)}\n`,
    );
  }
}

function print({ failures, held, seconds, record }: ProofReport): void {
  for (const { step, claim, seen } of failures) {
    console.log(`\n  FAILED  step ${step}: ${claim}\n${seen.replaceAll(/^/gm, '          ')}`);
  }
  const memory = record === undefined ? '' : `, ${record.memoryMib} MiB at most`;
  console.log(`  ${held} held, ${failures.length} failed, ${Math.round(seconds)} s${memory}`);
  if (failures.length > 0) process.exitCode = 1;
}

const signal = interruption();
try {
  await main(process.argv.slice(2), signal);
} catch (error) {
  if (error instanceof LessonError) console.error(error.message);
  else if (!signal.aborted) {
    const { code, message, hint } = toLabError(error);
    console.error(error instanceof LabError ? `${code}: ${message}\n${hint}` : error);
  }
  process.exitCode = signal.aborted ? 130 : 1;
}
process.exit();
