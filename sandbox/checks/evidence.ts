import { shorten, type Json } from '../kube/kube-object.ts';
import type { Path, Read } from './traced-value.ts';

const MAX_LINES = 12;
const MAX_LINE = 240;
const MAX_VALUE = 100;

export interface DescribeOptions {
  /** Names of `objects`, in order; absent where the expression sees one `object`. */
  names?: string[] | undefined;
  /** A Secret's values are not shown, whatever the expression reads of it. */
  secret: boolean;
}

/**
 * What an expression read, in lines: `path = value`, or `path is absent`. Of several objects, one line each, beginning with its name. At
 * most {@link MAX_LINES} lines; what was read last stays, because it decided.
 */
export function describeReads(reads: Read[], options: DescribeOptions): string[] {
  const groups = new Map<string, { index: number; leaves: Set<string>; wholes: Set<string> }>();
  const onTheWay = wayPoints(reads);
  for (const read of reads) {
    if (read.what === 'value' && onTheWay.has(keyOf(read.path))) continue;
    const owner = ownerOf(read, options);
    const group = groups.get(owner.key) ?? {
      index: owner.index,
      leaves: new Set(),
      wholes: new Set(),
    };
    // Put back at the end: it was read last.
    groups.delete(owner.key);
    groups.set(owner.key, group);
    const texts = isWhole(read) ? group.wholes : group.leaves;
    texts.add(describe(read, owner.path, options));
  }
  const kept = [...groups].slice(-MAX_LINES);
  const lines = kept
    .sort(([, a], [, b]) => a.index - b.index)
    .map(([key, { index, leaves, wholes }]) => {
      // A line is cut at its end: what decides is a single value, not an object that was passed by.
      const text = [...leaves, ...wholes].join(', ');
      return shorten(options.names?.[index] === undefined ? text : `${key}: ${text}`, MAX_LINE);
    });
  const left = groups.size - kept.length;
  return left > 0 ? [...lines, `… and ${left} more`] : lines;
}

function isWhole(read: Read): boolean {
  return read.what === 'value' && typeof read.value === 'object' && read.value !== null;
}

/** The values on the way to others: of `a` and `a.b`, the latter says it all. */
function wayPoints(reads: Read[]): Set<string> {
  const points = new Set<string>();
  for (const { path, what } of reads) {
    for (let length = 0; length < path.length; length++) points.add(keyOf(path.slice(0, length)));
    if (what === 'size') points.add(keyOf(path));
  }
  return points;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** Several objects get a line each; the fields of one object, too. */
function ownerOf(
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

/** Of a Secret, only what names it. */
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
