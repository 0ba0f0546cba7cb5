import astro from 'eslint-plugin-astro';
import type { Linter } from 'eslint';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Which rooms a room must not import from. The direction is drawn in docs/architecture.md. */
const walls: Record<string, string[]> = {
  'src/protocol': [
    '**/sandbox/**',
    '**/pages/**',
    '**/layouts/**',
    '**/components/**',
    '**/islands/**',
    '**/lessons/**',
    '**/i18n/**',
  ],
  'src/i18n': [
    '**/sandbox/**',
    '**/pages/**',
    '**/layouts/**',
    '**/components/**',
    '**/islands/**',
    '**/lessons/**',
  ],
  'src/lessons': [
    '**/sandbox/**',
    '**/pages/**',
    '**/layouts/**',
    '**/components/**',
    '**/islands/**',
  ],
  'src/islands': ['**/sandbox/**', '**/pages/**', '**/layouts/**', '**/components/**'],
  'src/components': ['**/sandbox/**', '**/pages/**', '**/layouts/**'],
  'src/layouts': ['**/sandbox/**', '**/pages/**'],
  'src/pages': ['**/sandbox/**'],
  'sandbox/engine': [
    '**/clusters/**',
    '**/workstations/**',
    '**/sessions/**',
    '**/checks/**',
    '**/http/**',
    '**/setup/**',
    '**/store/**',
  ],
  'sandbox/clusters': [
    '**/workstations/**',
    '**/sessions/**',
    '**/checks/**',
    '**/http/**',
    '**/setup/**',
    '**/store/**',
  ],
  'sandbox/workstations': [
    '**/sessions/**',
    '**/checks/**',
    '**/http/**',
    '**/setup/**',
    '**/store/**',
  ],
  'sandbox/checks': [
    '**/sessions/**',
    '**/http/**',
    '**/setup/**',
    '**/store/**',
    '**/engine/**',
    '**/workstations/**',
  ],
  'sandbox/store': [
    '**/sessions/**',
    '**/http/**',
    '**/setup/**',
    '**/engine/**',
    '**/clusters/**',
    '**/workstations/**',
    '**/checks/**',
  ],
  'sandbox/sessions': ['**/http/**', '**/setup/**'],
  'sandbox/http': ['**/engine/**'],
};

const siteWall = {
  regex: '/src/(?!protocol/)',
  message: 'Of the site, the server imports src/protocol alone.',
};

/** The rule that keeps a room behind its wall. */
function restrict(room: string, group: string[]): Linter.RulesRecord {
  const own = { group, message: `${room} must not import from there: see docs/architecture.md.` };
  const patterns = room.startsWith('sandbox') ? [own, siteWall] : [own];
  return { 'no-restricted-imports': ['error', { patterns }] };
}

export default defineConfig(
  { ignores: ['dist/', '.astro/', 'node_modules/', 'tests/e2e/artefacts/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  ...tseslint.configs.stylisticTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['**/*.mjs'] })),
  ...astro.configs['flat/recommended'],
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
    },
  },
  {
    files: ['sandbox/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [siteWall] }] },
  },
  ...Object.entries(walls).map(([room, group]) => ({
    files: [`${room}/**/*.{ts,astro}`],
    rules: restrict(room, group),
  })),
  {
    // Only the engine's own room talks to the container engine.
    files: ['sandbox/**/*.ts'],
    ignores: ['sandbox/engine/**', 'sandbox/clusters/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: ['dockerode', 'testcontainers'] },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'tests/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 600 }],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // What runs at a terminal prints.
    files: [
      'sandbox/main.ts',
      'sandbox/setup/**/*.ts',
      'tests/**/*.ts',
      'sandbox/workstations/supervisor/main.ts',
    ],
    rules: { 'no-console': 'off' },
  },
);
