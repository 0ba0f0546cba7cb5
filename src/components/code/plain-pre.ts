import type { ShikiConfig } from 'astro';

type Transformer = NonNullable<ShikiConfig['transformers']>[number];

/** Drops what Astro adds to a highlighted `<pre>`. Its inline `overflow-x` would beat ours. */
export const plainPre: Transformer = {
  name: 'kindlab-plain-pre',
  pre(node) {
    delete node.properties.style;
    delete node.properties.dataLanguage;
  },
};
