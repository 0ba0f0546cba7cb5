import { celError, celList, celMap, isCelError } from '@bufbuild/cel';
import type { CelError, CelList, CelMap, CelValue } from '@bufbuild/cel';
import type { Json, JsonObject } from '../kube/kube-object.ts';

export type Path = readonly (string | number)[];

/** One value that an expression read. */
export type Read = { path: Path } & (
  { what: 'value'; value: Json } | { what: 'size'; size: number } | { what: 'absent' }
);

export type OnRead = (read: Read) => void;

/** Equals no error text of the evaluator and no value of a cluster. */
const ABSENT = '\u0000absent';

/** Whether an evaluation failed only because something that it read is absent. */
export function isAbsence(error: CelError): boolean {
  return messagesOf(error).every((message) => message === ABSENT);
}

/** The mistake in an expression whose error is more than an absence. */
export function mistakeIn(error: CelError): string {
  return messagesOf(error).find((message) => message !== ABSENT) ?? '';
}

/** The evaluator merges errors: the message of the first, with the others as its cause. */
function messagesOf(error: CelError): string[] {
  const others: unknown[] = Array.isArray(error.cause) ? error.cause : [];
  return [error.message, ...others.filter(isCelError).flatMap(messagesOf)];
}

/**
 * JSON as CEL sees it; reports each read to `onRead`. Integral numbers become int, others double. A
 * member that is null counts as absent, as it does for an API server. Reading what is absent gives
 * an error that {@link isAbsence} recognizes.
 */
export function traced(json: Json, path: Path, onRead: OnRead): CelValue {
  if (json === null) return null;
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (typeof json !== 'object') return json;
  return Array.isArray(json) ? tracedList(json, path, onRead) : tracedMap(json, path, onRead);
}

// The evaluator accepts only its own maps and lists, so these are its own with replaced methods.

function tracedMap(source: JsonObject, path: Path, onRead: OnRead): CelMap {
  const has = (key: unknown): key is string =>
    typeof key === 'string' && Object.hasOwn(source, key) && source[key] !== null;
  const keys = Object.keys(source).filter(has);
  const read = (key: string): CelValue => {
    const value = source[key] ?? null;
    onRead({ path: [...path, key], what: 'value', value });
    return traced(value, [...path, key], onRead);
  };
  const miss = (key: unknown): void => {
    if (typeof key === 'string') onRead({ path: [...path, key], what: 'absent' });
  };
  const all = (): void => onRead({ path, what: 'value', value: source });
  return withMethods(celMap(new Map()), {
    get size() {
      onRead({ path, what: 'size', size: keys.length });
      return keys.length;
    },
    get(key: unknown) {
      if (has(key)) return read(key);
      miss(key);
      // A key of another type is a mistake in the expression, which the evaluator reports.
      return typeof key === 'string' ? celError(ABSENT) : undefined;
    },
    has(key: unknown) {
      if (has(key)) read(key);
      else miss(key);
      return has(key);
    },
    keys() {
      all();
      return keys.values();
    },
    *values() {
      for (const key of keys) yield read(key);
    },
    *entries() {
      for (const key of keys) yield [key, read(key)];
    },
    *[Symbol.iterator]() {
      for (const key of keys) yield [key, read(key)];
    },
    forEach(callback: (value: CelValue, key: string) => void) {
      for (const key of keys) callback(read(key), key);
    },
  });
}

function tracedList(source: Json[], path: Path, onRead: OnRead): CelList {
  const read = (index: number): CelValue => {
    const value = source[index] ?? null;
    onRead({ path: [...path, index], what: 'value', value });
    return traced(value, [...path, index], onRead);
  };
  function* values(): Generator<CelValue> {
    // The size is the only read that an empty list can report.
    if (source.length === 0) onRead({ path, what: 'size', size: 0 });
    for (const index of source.keys()) yield read(index);
  }
  return withMethods(celList([]), {
    get size() {
      onRead({ path, what: 'size', size: source.length });
      return source.length;
    },
    get(index: number) {
      if (Number.isInteger(index) && index >= 0 && index < source.length) return read(index);
      onRead({ path: [...path, index], what: 'absent' });
      return celError(ABSENT);
    },
    values,
    [Symbol.iterator]: values,
  });
}

function withMethods<T extends object>(target: T, methods: object): T {
  return Object.defineProperties(target, Object.getOwnPropertyDescriptors(methods));
}
