import { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { LessonError } from './lesson-error.ts';
import type { LessonErrorPlace } from './lesson-error.ts';

export interface YamlSource {
  /** Path from the project's root, for errors. */
  file: string;
  text: string;
  /** How many lines of the file come before the text. */
  linesBefore?: number;
}

export interface ReadYaml<T> {
  value: T;
  /** Where the value at a path starts. If there is none, the nearest parent. */
  placeOf: (path: readonly PropertyKey[]) => LessonErrorPlace;
}

/**
 * Reads YAML by a schema.
 *
 * @throws LessonError at the first mistake
 */
export function readYaml<S extends z.ZodType>(
  schema: S,
  { file, text, linesBefore = 0 }: YamlSource,
): ReadYaml<z.output<S>> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const placeAt = (offset: number): LessonErrorPlace => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: line + linesBefore, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) throw new LessonError(placeAt(error.pos[0]), error.message, 'YAML 1.2');

  const placeOf = (path: readonly PropertyKey[]): LessonErrorPlace =>
    placeAt(offsetOf(document, path));
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { value: parsed.data, placeOf };

  // A misspelt field is also a missing one. The misspelt name says more.
  const { issues } = parsed.error;
  const unknown = issues.find(({ code }) => code === 'unrecognized_keys');
  const issue = innermost(unknown ?? issues[0]);
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, ...issue.keys.slice(0, 1)];
    throw new LessonError(
      placeOf(path),
      `unknown field ${path.join('.')}`,
      allowedKeys(schema, issue.path).join(', '),
    );
  }
  throw new LessonError(
    placeOf(issue.path),
    `${issue.path.join('.') || 'the file'} is not valid`,
    issue.message.replace(/^Invalid \w+: expected /, ''),
  );
}

/** Zod wraps the issue of a record's key in an issue of the record. */
function innermost(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue {
  if (issue === undefined) throw new Error('a failed parse without an issue');
  if (issue.code !== 'invalid_key') return issue;
  const inner = issue.issues[0];
  return inner === undefined ? issue : { ...inner, path: issue.path };
}

/** The place of the key, so that an error points at the field and not at its value. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  if (path.length === 0) {
    const root = document.contents;
    return isNode(root) ? (root.range?.[0] ?? 0) : 0;
  }
  const parent: unknown = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => String(key) === String(last));
    if (isPair(pair) && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  const node: unknown = document.getIn(path, true);
  if (isNode(node)) return node.range?.[0] ?? 0;
  return offsetOf(document, path.slice(0, -1));
}

/** The fields that the schema has at a path. */
function allowedKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.core.JSONSchema.BaseSchema = z.toJSONSchema(schema, { io: 'input' });
  for (const part of path) {
    const next = at.properties?.[String(part)] ?? at.additionalProperties ?? at.items;
    if (typeof next !== 'object' || Array.isArray(next)) return [];
    at = next;
  }
  return Object.keys(at.properties ?? {});
}
