import { dirname, join, relative } from 'node:path/posix';
import type { Rule } from 'eslint';

/** One half of the project: a folder whose subfolders are modules. */
export interface Side {
  /** The modules that each module may import besides its own files, by folder below the side's. */
  modules: Readonly<Record<string, readonly string[]>>;
  /** Like `modules`, for the files that stand beside the modules. They may import each other. */
  topLevel: readonly string[] | 'all';
  /** Files that no other file may import: they start a program. */
  programs: readonly string[];
  /** What a module may import from the other side: files, or folders that end in a slash. */
  fromOutside: readonly string[];
  /** Modules whose values arrive as arguments, so that only their types may be imported. */
  passedIn: Readonly<Record<string, readonly string[]>>;
  /** Packages that only these modules and the modules below them may import. */
  packages: Readonly<Record<string, readonly string[]>>;
  /** Whether tests may import any module of their side. */
  areTestsFree: boolean;
}

export interface Import {
  /** The importing file, from the repository's root. */
  from: string;
  /** As written in the file: a relative path, a path below `@/`, or a package. */
  source: string;
  isTypeOnly: boolean;
}

const SEE = 'See docs/architecture.md.';

/** Why this import breaks a wall; undefined if it breaks none. `sides` is by top folder. */
export function brokenWall(
  sides: Readonly<Record<string, Side>>,
  { from, source, isTypeOnly }: Import,
): string | undefined {
  const ownSide = topFolder(from);
  const side = sides[ownSide];
  if (side === undefined) return undefined;
  const isTest = from.endsWith('.test.ts');
  const isFree = isTest && side.areTestsFree;
  const module = moduleOf(side, from);
  if (module === undefined) return `${dirname(from)} is in no module of eslint.config.ts.`;

  const target = resolve(from, source);
  if (target === undefined) {
    const owners = Object.entries(side.packages).find(([name]) => isBelow(source, name))?.[1];
    if (owners === undefined || isFree) return undefined;
    if (owners.some((owner) => isBelow(module, owner))) return undefined;
    return `Only ${owners.join(', ')} may import ${source}. ${SEE}`;
  }

  const otherSide = topFolder(target);
  if (otherSide !== ownSide) {
    const isProduct = otherSide in sides;
    const isSupport = ['tests', 'tools'].includes(otherSide);
    const isAllowed = side.fromOutside.some((each) =>
      each.endsWith('/') ? target.startsWith(each) : target === each,
    );
    if (isAllowed || (!isProduct && (!isSupport || isTest))) return undefined;
    return `${ownSide} must not import ${target}. ${SEE}`;
  }

  if (isFree) return undefined;
  const other = moduleOf(side, target);
  if (other === undefined) return `${dirname(target)} is in no module of eslint.config.ts.`;
  if (side.programs.includes(target)) return `${target} starts a program: nothing imports it.`;
  if (other === module || other === '') return undefined;
  const allowed = module === '' ? topLevelOf(side, from) : (side.modules[module] ?? []);
  if (allowed !== 'all' && !allowed.includes(other)) {
    return `${module === '' ? from : module} must not import ${other}. ${SEE}`;
  }
  if (!isTypeOnly && side.passedIn[module]?.includes(other)) {
    return `${other} is passed in to ${module}: import its types only. ${SEE}`;
  }
  return undefined;
}

/** The deepest module above a file; '' beside the modules, undefined in a folder without one. */
export function moduleOf(side: Side, path: string): string | undefined {
  const folder = dirname(path).split('/').slice(1).join('/');
  if (folder === '') return '';
  return Object.keys(side.modules)
    .filter((name) => isBelow(folder, name))
    .sort((one, other) => other.length - one.length)[0];
}

function topLevelOf(side: Side, from: string): readonly string[] | 'all' {
  return side.programs.includes(from) ? 'all' : side.topLevel;
}

/** A path from the repository's root, without a query; undefined for a package. */
function resolve(from: string, source: string): string | undefined {
  const path = source.replace(/\?.*$/, '');
  if (path.startsWith('@/')) return join('src', path.slice(2));
  return path.startsWith('.') ? join(dirname(from), path) : undefined;
}

function topFolder(path: string): string {
  return path.split('/')[0] ?? '';
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** What the parsers of TypeScript and Astro add to the nodes that ESLint's own types know. */
interface ImportingNode {
  type: string;
  source?: { value?: unknown } | null;
  importKind?: string;
  exportKind?: string;
  specifiers?: { importKind?: string; exportKind?: string }[];
}

/**
 * The rule for files below `sides`. Sees static and dynamic imports, re-exports and `typeof
 * import`.
 */
export function moduleWalls(sides: Readonly<Record<string, Side>>): Rule.RuleModule {
  return {
    create(context) {
      const from = relative(context.cwd, context.physicalFilename);
      function check(node: Rule.Node): void {
        const { type, source, ...kinds } = node as unknown as ImportingNode;
        if (typeof source?.value !== 'string') return;
        const isTypeOnly = type === 'TSImportType' || areTypes(kinds);
        const message = brokenWall(sides, { from, source: source.value, isTypeOnly });
        if (message !== undefined) context.report({ node, message });
      }
      return {
        ImportDeclaration: check,
        ImportExpression: check,
        ExportNamedDeclaration: check,
        ExportAllDeclaration: check,
        TSImportType: check,
      };
    },
  };
}

function areTypes(node: Omit<ImportingNode, 'type' | 'source'>): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = node.specifiers ?? [];
  return (
    specifiers.length > 0 &&
    specifiers.every((each) => each.importKind === 'type' || each.exportKind === 'type')
  );
}
