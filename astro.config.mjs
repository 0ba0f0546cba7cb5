import mdx from '@astrojs/mdx';
import { defineConfig } from 'astro/config';
import { fenceMeta } from './src/components/code/fence-meta.ts';
import { followLabs } from './src/lessons/follow-labs.ts';
import { movedPaths, readRedirects } from './src/lessons/redirects.ts';
import { searchIndex } from './src/lessons/search-index.ts';
import { lateScripts } from './src/late-scripts.ts';
import { lateStyles } from './src/late-styles.ts';
import { precompress } from './src/precompress.ts';

const server = { target: 'http://127.0.0.1:4321', ws: true };

/** What every page's script uses: in one file, where it would be one for each set of pages that share something. */
const base =
  /src[\\/](islands[\\/](dom|events|stage-marks|storage|texts)|i18n[\\/]fill)\.ts$|preload-helper/;

/** Where the site is reached, in the server's own words; unknown where nobody but this machine reaches it. */
const origin = process.env.KINDLAB_ORIGIN?.split(',')[0]?.trim() || undefined;

export default defineConfig({
  site: origin,
  integrations: [mdx(), followLabs(), lateScripts(), searchIndex(), precompress()],
  // In development Astro answers 404 to what has no slash before the proxy below is asked.
  trailingSlash: process.argv.includes('dev') ? 'ignore' : 'always',
  redirects: movedPaths(readRedirects()),
  // A page is painted a round trip earlier, for 9 KiB that it would else find in the cache from its second visit on.
  build: { format: 'directory', inlineStylesheets: 'always' },
  devToolbar: { enabled: false },
  markdown: {
    shikiConfig: {
      theme: 'css-variables',
      langAlias: { diagram: 'plaintext' },
      transformers: [fenceMeta],
    },
  },
  vite: {
    plugins: [lateStyles()],
    // The server's CSP allows no inline scripts, and Astro inlines small ones unless told not to.
    build: { assetsInlineLimit: 0 },
    environments: {
      client: {
        build: {
          rolldownOptions: {
            output: { codeSplitting: { groups: [{ name: 'base', test: base }] } },
          },
        },
      },
    },
    server: {
      proxy: {
        '/api': server,
        // Previews are told apart by their host name, whatever the path.
        '^/': {
          ...server,
          bypass: ({ headers, url }) => (/^p-\w+\.localhost/.test(headers.host) ? null : url),
        },
      },
    },
    resolve: {
      // monaco-worker-manager imports by the paths that Monaco had before 0.56.
      alias: [{ find: /^monaco-editor\/esm\/vs\//, replacement: 'monaco-editor/' }],
    },
    optimizeDeps: {
      include: [
        ...['@xterm/xterm', '@xterm/addon-fit'],
        ...['monaco-editor/editor', 'monaco-editor/features/register.all'],
        ...['monaco-yaml', 'monaco-yaml/yaml.worker.js'],
      ],
    },
  },
  server: { port: 4322 },
});
