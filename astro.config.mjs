import mdx from '@astrojs/mdx';
import { satteri } from '@astrojs/markdown-satteri';
import { defineConfig } from 'astro/config';
import { plainPre } from './src/components/code/plain-pre.ts';
import { followLabs } from './src/lessons/follow-labs.ts';
import { movedPaths, readRedirects } from './src/lessons/redirects.ts';
import { searchIndex } from './src/lessons/search-index.ts';
import { stampLesson } from './src/lessons/stamp-lesson.ts';
import { lateScripts } from './src/late-scripts.ts';
import { lateStyles } from './src/late-styles.ts';
import { precompress } from './src/precompress.ts';

const server = { target: 'http://127.0.0.1:4321', ws: true };

/** What every page's script uses, as one file. Otherwise each set of pages would get its own. */
const base =
  /src[\\/](islands[\\/](dom|events|stage-marks|storage|texts)|i18n[\\/]fill)\.ts$|preload-helper/;

/** The site's public origin, from the server's setting; unknown when only this machine uses it. */
const origin = process.env.KINDLAB_ORIGIN?.split(',')[0]?.trim() || undefined;

export default defineConfig({
  site: origin,
  integrations: [mdx(), followLabs(), lateScripts(), searchIndex(), precompress()],
  // In development Astro answers 404 to paths without a slash before the proxy below sees them.
  trailingSlash: process.argv.includes('dev') ? 'ignore' : 'always',
  redirects: movedPaths(readRedirects()),
  // Paints a page one round trip earlier, for 9 KiB that later visits would find in the cache.
  build: { format: 'directory', inlineStylesheets: 'always' },
  devToolbar: { enabled: false },
  markdown: {
    processor: satteri({ mdastPlugins: [stampLesson] }),
    shikiConfig: {
      theme: 'css-variables',
      transformers: [plainPre],
    },
  },
  vite: {
    plugins: [lateStyles()],
    // The server's CSP allows no inline scripts, and Astro inlines small ones by default.
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
        // The host name identifies a preview, whatever the path.
        '^/': {
          ...server,
          bypass: ({ headers, url }) => (/^p-\w+\.localhost/.test(headers.host) ? null : url),
        },
      },
    },
    resolve: {
      // monaco-worker-manager imports the paths of Monaco before 0.56.
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
