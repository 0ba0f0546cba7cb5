import type { Colour, Paint } from './paint.ts';

/** Lines of the same visible width: colour codes do not count. */
export interface Block {
  lines: string[];
  width: number;
}

const GAP = 2;

/** Printable ASCII of at most `width` columns: text from a cluster may contain anything. */
export function fit(text: string, width: number): string {
  const safe = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return safe.length <= width ? safe : `${safe.slice(0, Math.max(0, width - 1))}~`;
}

/**
 * A box as in the lessons, `+- title ---+`, at most `width` wide, around one line of text that may
 * have a colour.
 */
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

/** The blocks side by side, continued below when a row is full. */
export function flow(blocks: readonly Block[], width: number): { text: string; width: number }[] {
  const rows: Block[][] = [];
  let used = 0;
  for (const block of blocks) {
    const current = rows.at(-1);
    if (current === undefined || used + GAP + block.width > width) {
      rows.push([block]);
      used = block.width;
    } else {
      current.push(block);
      used += GAP + block.width;
    }
  }
  return rows.flatMap((blocksOfRow) => {
    const total = blocksOfRow.reduce(
      (sum, block) => sum + block.width,
      GAP * (blocksOfRow.length - 1),
    );
    const height = Math.max(...blocksOfRow.map(({ lines }) => lines.length));
    return Array.from({ length: height }, (_, row) => ({
      text: blocksOfRow.map(({ lines }) => lines[row] ?? '').join(' '.repeat(GAP)),
      width: total,
    }));
  });
}

function edge(title: string, inner: number): string {
  const text = fit(title, inner - 2);
  return `+- ${text} ${'-'.repeat(inner - text.length - 1)}+`;
}
