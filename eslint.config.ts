import astro from 'eslint-plugin-astro';
import type { Linter } from 'eslint';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Which modules a module may import, beside its own files; docs/architecture.md draws them. No other
 * imports between modules pass. `src/async.ts` belongs to none: all may import it.
 */
const siteModules: Record<string, string[]> = {
  pages: ['layouts', 'components', 'islands', 'lessons', 'i18n', 'protocol'],
  layouts: ['components', 'islands', 'lessons', 'i18n', 'protocol'],
  components: ['islands', 'lessons', 'i18n', 'protocol'],
  islands: ['lessons', 'i18n', 'protocol'],
  lessons: ['i18n', 'protocol'],
  i18n: ['protocol'],
  protocol: [],
};
const docker = 'providers/docker';
const serverModules: Record<string, string[]> = {
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
  workstations: ['picture'],
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

interface Pattern {
  regex: string;
  message: string;
  allowTypeImports?: boolean;
}

const siteWall: Pattern = {
  regex: '/src/(?!protocol/|async\\.ts)',
  message: 'The server may import src/protocol and src/async.ts, and nothing else of the site.',
};
const serverWall: Pattern = {
  regex: '/sandbox/',
  message: 'The site knows the server through src/protocol alone.',
};

/**
 * Forbids every module that `name` may not import. Import paths are relative, so a module is
 * recognized by its last folder; a file of a module that has folders of its own is `folder/file.ts`.
 */
function wall(name: string, modules: Record<string, string[]>): Pattern {
  const others = Object.keys(modules)
    .filter((other) => other !== name && !modules[name]?.includes(other))
    .map((other) => {
      const last = other.split('/').at(-1) ?? other;
      const hasFolders = Object.keys(modules).some((each) => each.startsWith(`${other}/`));
      return hasFolders ? `${last}/[^/]+\\.ts$` : `${last}/`;
    });
  return {
    regex: `^(@|[./]*\\.\\.)/(.*/)?(${others.join('|') || 'main.ts$'}|main\\.ts$)`,
    message: `${name} must not import this: see docs/architecture.md.`,
  };
}

/** Walls between the modules of the site. Astro files know only the rule of ESLint itself. */
function siteWalls(name: string): Linter.Config {
  const patterns = [wall(name, siteModules), serverWall];
  return {
    files: [`src/${name}/**/*.{ts,astro}`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

/** Walls between the modules of the server. Only providers/docker may use the engine's client. */
function serverWalls(name: string): Linter.Config {
  const types = passedIn[name] ?? [];
  const patterns = [
    wall(name, serverModules),
    siteWall,
    ...types.map((other) => ({
      regex: `\\.\\./${other}/`,
      message: `${other} is passed in: import its types alone.`,
      allowTypeImports: true,
    })),
  ];
  const isEngine = [`${docker}/engine`, `${docker}/nodes`].includes(name);
  const paths = isEngine ? [] : ['dockerode', 'testcontainers'];
  const hasFolders = Object.keys(serverModules).some((other) => other.startsWith(`${name}/`));
  return {
    files: [hasFolders ? `sandbox/${name}/*.ts` : `sandbox/${name}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns, paths }] },
  };
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
    files: ['src/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [serverWall] }] },
  },
  {
    files: ['sandbox/*.ts', 'sandbox/**/*.test.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [siteWall] }] },
  },
  ...Object.keys(siteModules).map(siteWalls),
  ...Object.keys(serverModules).map(serverWalls),
  {
    files: ['**/*.test.ts', '{tests,tools}/**/*.ts'],
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
      '{tests,tools}/**/*.ts',
      'sandbox/workstations/supervisor/main.ts',
    ],
    rules: { 'no-console': 'off' },
  },
);
