import type { ShikiConfig } from 'astro';

type Transformer = NonNullable<ShikiConfig['transformers']>[number];

/**
 * Keeps what follows the language of a fence (`sh run`, `diagram title="…"`), and the source itself, on the highlighted
 * `<pre>`, for `CodeBlock.astro` to read.
 */
export const fenceMeta: Transformer = {
  name: 'fence-meta',
  pre(node) {
    node.properties['data-meta'] = this.options.meta?.__raw ?? '';
    node.properties['data-source'] = this.source;
    // Astro's inline `overflow-x` would beat the style sheet.
    delete node.properties.style;
  },
};

/** The flags (`run`) and the `name="value"` pairs of a fence's meta. */
export function parseMeta(meta: string): { flags: Set<string>; values: Map<string, string> } {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (const [, name, quoted, bare] of meta.matchAll(/([\w-]+)(?:="([^"]*)"|=(\S+))?/g)) {
    const value = quoted ?? bare;
    if (name === undefined) continue;
    if (value === undefined) flags.add(name);
    else values.set(name, value);
  }
  return { flags, values };
}
