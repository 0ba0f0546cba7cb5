import astro from 'eslint-plugin-astro';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { moduleWalls, type Side } from './tools/lint/module-walls.ts';

/**
 * Which modules a module may import besides its own files. docs/architecture.md explains them; a
 * test compares the two. The rule in tools/lint/module-walls.ts enforces them.
 */
export const siteModules: Record<string, string[]> = {
  pages: ['layouts', 'components', 'islands', 'lessons', 'i18n', 'protocol', 'styles'],
  layouts: ['components', 'islands', 'lessons', 'i18n', 'protocol', 'styles'],
  components: ['islands', 'lessons', 'i18n', 'protocol', 'styles'],
  islands: ['lessons', 'i18n', 'protocol'],
  lessons: ['i18n', 'protocol'],
  i18n: ['protocol'],
  protocol: [],
  styles: [],
};
const docker = 'providers/docker';
export const serverModules: Record<string, string[]> = {
  http: ['sessions', 'telemetry'],
  sessions: ['pool', 'checks', 'kube', 'store', 'telemetry'],
  pool: ['telemetry'],
  checks: ['picture', 'kube', 'telemetry'],
  picture: ['kube'],
  [docker]: [
    `${docker}/nodes`,
    `${docker}/engine`,
    'clusters',
    'workstations',
    'kube',
    'telemetry',
  ],
  [`${docker}/preparation`]: [docker, `${docker}/engine`, 'images', 'preparation', 'telemetry'],
  [`${docker}/nodes`]: [`${docker}/engine`, 'clusters', 'workstations', 'kube'],
  [`${docker}/engine`]: [],
  setup: [
    ...[`${docker}/preparation`, docker, `${docker}/engine`, 'images', 'preparation'],
    ...['store', 'telemetry'],
  ],
  images: [`${docker}/nodes`, `${docker}/engine`, 'clusters'],
  clusters: ['kube'],
  workstations: ['picture', 'kube'],
  kube: ['telemetry'],
  preparation: [],
  store: [],
  telemetry: [],
};

/** The caller passes these in, so a module that needs them imports their types alone. */
const passedIn: Record<string, string[]> = {
  http: ['sessions', 'telemetry'],
  sessions: ['store', 'telemetry'],
  pool: ['telemetry'],
  checks: ['telemetry'],
  kube: ['telemetry'],
};

export const sides: Record<string, Side> = {
  src: {
    modules: siteModules,
    topLevel: 'all',
    programs: [],
    fromOutside: [],
    passedIn: {},
    packages: {},
    areTestsFree: false,
  },
  sandbox: {
    modules: serverModules,
    topLevel: ['kube'],
    programs: ['sandbox/main.ts'],
    fromOutside: ['src/protocol/', 'src/async.ts'],
    passedIn,
    packages: { dockerode: [`${docker}/engine`], testcontainers: [docker] },
    areTestsFree: true,
  },
};

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
      'max-params': ['error', 4],
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
    },
  },
  {
    // Dictionaries have a line for each text.
    files: ['**/*.{ts,mjs,astro}'],
    ignores: ['src/i18n/??.ts'],
    rules: { 'max-lines': ['error', { max: 300 }] },
  },
  {
    files: ['{src,sandbox}/**/*.{ts,astro}'],
    plugins: { kindlab: { rules: { 'module-walls': moduleWalls(sides) } } },
    rules: { 'kindlab/module-walls': 'error' },
  },
  {
    files: ['**/*.test.ts', '{tests,tools}/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // What runs at a terminal prints.
    files: [
      'sandbox/main.ts',
      'sandbox/setup/**/*.ts',
      '{tests,tools}/**/*.ts',
      'sandbox/workstations/supervisor/main.ts',
    ],
    rules: { 'no-console': 'off' },
  },
);
