import type { Plugin } from 'vite';

const MARK = '\0late:';
const MONACO = /[\\/]monaco-editor[\\/]esm[\\/]/;

/**
 * Astro links the styles of every chunk that a page might load. Monaco's are larger than all others
 * together, so this moves them into Monaco's own chunk, which inserts them when it runs.
 */
export function lateStyles(): Plugin {
  return {
    name: 'kindlab:late-styles',
    enforce: 'pre',
    apply: 'build',
    async resolveId(source, importer, options) {
      if (!source.endsWith('.css') || importer === undefined || !MONACO.test(importer)) return null;
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      return resolved && `${MARK}${resolved.id}.js`;
    },
    load(id) {
      if (!id.startsWith(MARK)) return null;
      const file = JSON.stringify(`${id.slice(MARK.length, -'.js'.length)}?inline`);
      return `import text from ${file};
        const style = document.createElement('style');
        style.textContent = text;
        document.head.append(style);`;
    },
  };
}
