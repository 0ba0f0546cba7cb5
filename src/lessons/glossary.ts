import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Locale } from '../i18n/locale.ts';
import { LessonError } from './lesson-error.ts';
import { parseOnce } from './parse-once.ts';
import { readYaml } from './read-yaml.ts';

const entrySchema = z.strictObject({
  /** The word as it appears in a sentence. */
  term: z.string().min(1),
  /** What it means, in a few sentences; `code` between backquotes. */
  text: z.string().min(1).max(300),
  /** The ids of related terms. */
  see: z.array(z.string()).default([]),
});

/** Ids are anchors on the glossary page: `#pod`. */
const glossarySchema = z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), entrySchema);

export type GlossaryEntry = z.output<typeof entrySchema>;
/** The entries by id, in the order of the file. */
export type Glossary = ReadonlyMap<string, GlossaryEntry>;

/** Path of a locale's glossary from the project's root. */
export function glossaryFile(locale: Locale): string {
  return `content/glossary/${locale}.yaml`;
}

/**
 * Reads a locale's glossary. The result is shared.
 *
 * @throws LessonError when it breaks the schema, or refers to a term that it does not have
 */
export function readGlossary(locale: Locale, root = process.cwd()): Glossary {
  const file = glossaryFile(locale);
  return parseGlossary(file, readFileSync(join(root, file), 'utf8'));
}

const parseGlossary = parseOnce((file, text): Glossary => {
  const { value, placeOf } = readYaml(glossarySchema, { file, text });
  const glossary = new Map(Object.entries(value));
  for (const [id, { see }] of glossary) {
    for (const [place, other] of see.entries()) {
      if (glossary.has(other) && other !== id) continue;
      const what = `${id} refers to ${other === id ? 'itself' : `${other}, which does not exist`}`;
      throw new LessonError(placeOf([id, 'see', place]), what, 'the id of another term');
    }
  }
  return glossary;
});

/** The address of a term. */
export function glossaryPath(locale: Locale, id = ''): string {
  return `/${locale}/glossary/${id === '' ? '' : `#${id}`}`;
}

/** A definition in pieces: text between backquotes is code. */
export function piecesOf(text: string): { text: string; isCode: boolean }[] {
  return text
    .split('`')
    .map((piece, place) => ({ text: piece, isCode: place % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}
