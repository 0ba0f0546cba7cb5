import { shorten, type Json } from '../kube/kube-object.ts';
import type { Path, Read } from './traced-value.ts';

const MAX_LINES = 12;
const MAX_LINE = 240;
const MAX_VALUE = 100;

export interface DescribeOptions {
  /** Names of `objects`, in order; undefined where the expression sees one `object`. */
  names?: string[] | undefined;
  /** Hides the values of a Secret, whatever the expression reads. */
  secret: boolean;
}

/**
 * What an expression read, in lines: `path = value`, or `path is absent`. Each of several objects
 * gets one line that starts with its name. Of more than {@link MAX_LINES} lines the last ones stay,
 * because the last reads decided the result.
 */
export function describeReads(reads: Read[], options: DescribeOptions): string[] {
  const groups = new Map<string, { index: number; leaves: Set<string>; wholes: Set<string> }>();
  const intermediate = intermediatePaths(reads);
  for (const read of reads) {
    if (read.what === 'value' && intermediate.has(keyOf(read.path))) continue;
    const owner = lineOf(read, options);
    const group = groups.get(owner.key) ?? {
      index: owner.index,
      leaves: new Set(),
      wholes: new Set(),
    };
    // Moves the group to the end, because it was read last.
    groups.delete(owner.key);
    groups.set(owner.key, group);
    const texts = isWhole(read) ? group.wholes : group.leaves;
    texts.add(describe(read, owner.path, options));
  }
  const kept = [...groups].slice(-MAX_LINES);
  const lines = kept
    .sort(([, a], [, b]) => a.index - b.index)
    .map(([key, { index, leaves, wholes }]) => {
      // Lines are cut at the end, so single values, which decide, come before whole objects.
      const text = [...leaves, ...wholes].join(', ');
      return shorten(options.names?.[index] === undefined ? text : `${key}: ${text}`, MAX_LINE);
    });
  const omitted = groups.size - kept.length;
  return omitted > 0 ? [...lines, `… and ${omitted} more`] : lines;
}

function isWhole(read: Read): boolean {
  return read.what === 'value' && typeof read.value === 'object' && read.value !== null;
}

/** Paths that lead to other reads: of `a` and `a.b`, the latter says it all. */
function intermediatePaths(reads: Read[]): Set<string> {
  const paths = new Set<string>();
  for (const { path, what } of reads) {
    for (let length = 0; length < path.length; length++) paths.add(keyOf(path.slice(0, length)));
    if (what === 'size') paths.add(keyOf(path));
  }
  return paths;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/**
 * The line that a read belongs to: one for each of several objects, or each field of one object.
 */
function lineOf(
  { path }: Read,
  { names }: DescribeOptions,
): { key: string; index: number; path: Path } {
  if (names === undefined) return { key: pathText(path), index: 0, path };
  const [index] = path;
  if (typeof index !== 'number') return { key: '', index: -1, path };
  return { key: names[index] ?? String(index), index, path: path.slice(1) };
}

function describe(read: Read, path: Path, { names, secret }: DescribeOptions): string {
  const whole = names === undefined || read.path.length > 0 ? 'object' : 'objects';
  const text = path.length === 0 ? whole : pathText(path);
  if (read.what === 'absent') return `${text} is absent`;
  if (read.what === 'size') return `${text}.size() = ${read.size}`;
  return `${text} = ${secret && !isPublic(path) ? '(not shown)' : valueText(read.value)}`;
}

/** Only what identifies a Secret is public. */
function isPublic(path: Path): boolean {
  const text = path.join('.');
  return text === 'type' || /^metadata\.(name|namespace|labels\..+)$/.test(text);
}

function valueText(value: Json): string {
  return shorten(JSON.stringify(value), MAX_VALUE);
}

function pathText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[A-Za-z_]\w*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
