import astro from 'eslint-plugin-astro';
import type { Linter } from 'eslint';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Which rooms a room may import from, beside its own; docs/architecture.md draws it. No other imports pass. */
const siteRooms: Record<string, string[]> = {
  pages: ['layouts', 'components', 'islands', 'lessons', 'i18n', 'protocol'],
  layouts: ['components', 'islands', 'lessons', 'i18n', 'protocol'],
  components: ['islands', 'lessons', 'i18n', 'protocol'],
  islands: ['lessons', 'i18n', 'protocol'],
  lessons: ['i18n', 'protocol'],
  i18n: ['protocol'],
  protocol: [],
};
const serverRooms: Record<string, string[]> = {
  http: ['sessions', 'telemetry'],
  sessions: ['pool', 'checks', 'clusters', 'workstations', 'engine', 'store', 'telemetry'],
  pool: ['telemetry'],
  checks: ['clusters', 'telemetry'],
  clusters: ['engine'],
  workstations: ['checks', 'engine'],
  setup: ['images', 'engine', 'store', 'telemetry'],
  images: ['clusters', 'engine'],
  engine: [],
  store: [],
  telemetry: [],
};

/** These are passed in, so whoever needs them knows their types alone. */
const passedIn: Record<string, string[]> = {
  http: ['sessions', 'telemetry'],
  sessions: ['store', 'telemetry'],
  pool: ['telemetry'],
  checks: ['telemetry'],
};

interface Pattern {
  regex: string;
  message: string;
  allowTypeImports?: boolean;
}

const siteWall: Pattern = {
  regex: '/src/(?!protocol/)',
  message: 'Of the site, the server imports src/protocol alone.',
};
const serverWall: Pattern = {
  regex: '/sandbox/',
  message: 'The site knows the server by src/protocol alone.',
};
const accessWall: Pattern = {
  regex: '/clusters/(?!cluster-access\\.ts)',
  message: 'Checks know a cluster by clusters/cluster-access.ts alone.',
};

/** Forbids everything of an area that a room may not import. */
function wall(room: string, rooms: Record<string, string[]>): Pattern {
  const others = Object.keys(rooms).filter((name) => name !== room && !rooms[room]?.includes(name));
  return {
    regex: `^(@|[./]*\\.\\.)/(src/)?((${others.join('|') || 'main.ts'})/|main\\.ts$)`,
    message: `${room} must not import from there: see docs/architecture.md.`,
  };
}

/** Walls between the rooms of the site. Both languages: Astro's files know only ESLint's own rule. */
function siteWalls(room: string): Linter.Config {
  const patterns = [wall(room, siteRooms), serverWall];
  return {
    files: [`src/${room}/**/*.{ts,astro}`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

/** Walls between the rooms of the server; also, only the engine's own room and the clusters talk to the container engine. */
function serverWalls(room: string): Linter.Config {
  const types = passedIn[room] ?? [];
  const patterns = [
    wall(room, serverRooms),
    siteWall,
    ...(room === 'checks' ? [accessWall] : []),
    ...types.map((name) => ({
      regex: `\\.\\./${name}/`,
      message: `${name} is passed in: import its types alone.`,
      allowTypeImports: true,
    })),
  ];
  const paths = room === 'engine' || room === 'clusters' ? [] : ['dockerode', 'testcontainers'];
  return {
    files: [`sandbox/${room}/**/*.ts`],
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
  ...Object.keys(siteRooms).map(siteWalls),
  ...Object.keys(serverRooms).map(serverWalls),
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
