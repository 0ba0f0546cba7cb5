import type { Colour, Paint } from './paint.ts';

/** Lines that are equally wide as they are seen; colours do not count. */
export interface Block {
  lines: string[];
  width: number;
}

const GAP = 2;

/** Printable ASCII, of at most `width` columns: what comes from a cluster may hold anything. */
export function fit(text: string, width: number): string {
  const safe = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return safe.length <= width ? safe : `${safe.slice(0, Math.max(0, width - 1))}~`;
}

/** A box as the lessons draw it, `+- title ---+`, at most `width` wide; of one line inside, which takes a colour. */
export function smallBox(
  { title, text, colour }: { title: string; text: string; colour?: Colour | undefined },
  width: number,
  paint: Paint,
): Block {
  const inner = Math.min(width - 4, Math.max(title.length + 2, text.length));
  const line = fit(text, inner).padEnd(inner);
  return {
    width: inner + 4,
    lines: [
      edge(title, inner),
      `| ${colour === undefined ? line : paint(line, colour)} |`,
      `+${'-'.repeat(inner + 2)}+`,
    ],
  };
}

/** A box around other blocks, exactly `width` wide. */
export function bigBox(title: string, blocks: readonly Block[], width: number): string[] {
  const inner = width - 4;
  const rows = flow(blocks, inner).map((row) => `| ${row.text}${' '.repeat(inner - row.width)} |`);
  const empty = `| ${' '.repeat(inner)} |`;
  return [
    edge(title, inner),
    ...(rows.length === 0 ? [empty] : rows),
    `+${'-'.repeat(inner + 2)}+`,
  ];
}

/** Side by side, as many as there is room for, then below. */
export function flow(blocks: readonly Block[], width: number): { text: string; width: number }[] {
  const shelves: Block[][] = [];
  let used = 0;
  for (const block of blocks) {
    const shelf = shelves.at(-1);
    if (shelf === undefined || used + GAP + block.width > width) {
      shelves.push([block]);
      used = block.width;
    } else {
      shelf.push(block);
      used += GAP + block.width;
    }
  }
  return shelves.flatMap((shelf) => {
    const total = shelf.reduce((sum, block) => sum + block.width, GAP * (shelf.length - 1));
    const height = Math.max(...shelf.map(({ lines }) => lines.length));
    return Array.from({ length: height }, (_, row) => ({
      text: shelf.map(({ lines }) => lines[row] ?? '').join(' '.repeat(GAP)),
      width: total,
    }));
  });
}

function edge(title: string, inner: number): string {
  const text = fit(title, inner - 2);
  return `+- ${text} ${'-'.repeat(inner - text.length - 1)}+`;
}
