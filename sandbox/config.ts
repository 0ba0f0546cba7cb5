import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { LabError } from './errors.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Below the 24 days that a Node.js timer can hold. */
const MAX_SESSION_SECONDS = 7 * 24 * 60 * 60;

const MAX_START_SECONDS = 60 * 60;
const MAX_POOL = 200;
const DEFAULT_POOL_MAX = 3;

/** The form of a preview origin in the configuration: scheme, and domain with an optional port. */
export const PREVIEW_ORIGIN = /^(https?):\/\/\*\.([a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?)$/;

const environmentSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(4321),
  XDG_DATA_HOME: z.string().optional(),
  KINDLAB_HOME: z.string().optional(),
  /**
   * The site's origins beyond loopback, such as `https://labs.example.org`, separated by commas.
   */
  KINDLAB_ORIGIN: z.string().default(''),
  /** The origins of previews for a site beyond loopback: `https://*.previews.example.org`. */
  KINDLAB_PREVIEW_ORIGIN: z
    .string()
    .regex(PREVIEW_ORIGIN, 'expected a form such as https://*.previews.example.org')
    .optional(),
  /** `no` forbids installing or starting a container engine. */
  KINDLAB_INSTALL_ENGINE: z.enum(['yes', 'no']).default('yes'),
  /** How long a session lives. */
  KINDLAB_SESSION_SECONDS: z.coerce.number().int().min(1).max(MAX_SESSION_SECONDS).default(7200),
  /** How long a sandbox may take to start; raise it on a slow machine. */
  KINDLAB_START_SECONDS: z.coerce.number().int().min(1).max(MAX_START_SECONDS).default(180),
  /** How many sessions may live at once; by default as many as memory allows. */
  KINDLAB_SESSION_LIMIT: z.coerce.number().int().positive().optional(),
  /** An idle session is frozen after this long, and wakes at the next use; 0 means never. */
  KINDLAB_FREEZE_SECONDS: z.coerce.number().min(0).max(MAX_SESSION_SECONDS).default(600),
  /** The least and the greatest number of warm sandboxes; demand decides in between. */
  KINDLAB_POOL_MIN: z.coerce.number().int().min(0).max(MAX_POOL).default(1),
  KINDLAB_POOL_MAX: z.coerce.number().int().min(0).max(MAX_POOL).optional(),
  /** Images to pull instead of building, as `node=…,workstation=…,web=…`. */
  KINDLAB_IMAGES: z.string().default(''),
  KINDLAB_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** The configuration of this server, read once from the environment. */
export interface Config {
  host: string;
  port: number;
  /** Origins of the site beyond loopback. */
  origins: readonly string[];
  /** The origins of previews, with `*` for the first part of the host name. */
  previewOrigin: string | undefined;
  /** The folder with state, logs and install id, `$KINDLAB_HOME`; one server locks it. */
  home: string;
  installEngine: boolean;
  sessionSeconds: number;
  startSeconds: number;
  sessionLimit: number | undefined;
  freezeSeconds: number;
  pool: { min: number; max: number };
  /** Names of the images that are pulled instead of built, by recipe. */
  readyImages: ReadonlyMap<string, string>;
  logLevel: string;
}

/**
 * Reads the configuration. An empty variable counts as unset. Throws `LAB_INPUT_INVALID`, which
 * names the invalid variable.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const parsed = environmentSchema.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LabError(
      'LAB_INPUT_INVALID',
      `The environment variable ${String(issue?.path[0])} is not valid: ${issue?.message ?? 'unknown'}.`,
      { hint: 'Correct or unset it. docs/operations.md lists the variables.' },
    );
  }
  const env = parsed.data;
  const origins = parseOrigins(env.KINDLAB_ORIGIN);
  requireReachable(env.HOST, origins);
  requireApart(env.KINDLAB_PREVIEW_ORIGIN, origins);
  const dataHome = env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share');
  return {
    host: env.HOST,
    port: env.PORT,
    origins,
    previewOrigin: env.KINDLAB_PREVIEW_ORIGIN,
    home: resolve(env.KINDLAB_HOME ?? join(dataHome, 'kindlab')),
    installEngine: env.KINDLAB_INSTALL_ENGINE === 'yes',
    sessionSeconds: env.KINDLAB_SESSION_SECONDS,
    startSeconds: env.KINDLAB_START_SECONDS,
    sessionLimit: env.KINDLAB_SESSION_LIMIT,
    freezeSeconds: env.KINDLAB_FREEZE_SECONDS,
    pool: poolSize(env.KINDLAB_POOL_MIN, env.KINDLAB_POOL_MAX),
    readyImages: parseReadyImages(env.KINDLAB_IMAGES),
    logLevel: env.KINDLAB_LOG_LEVEL,
  };
}

/** If only one bound is set, the other follows it. */
function poolSize(min: number, max = Math.max(min, DEFAULT_POOL_MAX)): Config['pool'] {
  return { min: Math.min(min, max), max };
}

function parseReadyImages(text: string): Map<string, string> {
  const images = new Map<string, string>();
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [recipe, image] = entry.split('=', 2).map((part) => part.trim());
    if (!recipe || !image) {
      throw new LabError(
        'LAB_INPUT_INVALID',
        `KINDLAB_IMAGES has an entry "${entry}" that is not recipe=image.`,
      );
    }
    images.set(recipe, image);
  }
  return images;
}

function parseOrigins(text: string): string[] {
  const origins = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const origin of origins) {
    if (/^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin)
      continue;
    throw new LabError(
      'LAB_INPUT_INVALID',
      `KINDLAB_ORIGIN has "${origin}", which is not an origin such as https://labs.example.org.`,
    );
  }
  return origins;
}

/**
 * A server that others can reach must know its own address: only pages from there may start
 * sessions.
 */
function requireReachable(host: string, origins: readonly string[]): void {
  if (LOOPBACK.has(host) || origins.length > 0) return;
  throw new LabError(
    'LAB_INPUT_INVALID',
    `HOST is ${host}, so others can reach this server, but KINDLAB_ORIGIN does not give its address.`,
    { hint: 'Set KINDLAB_ORIGIN, and read docs/security.md first: learners run code here.' },
  );
}

/**
 * A page can set cookies for the domains above it, so no learner's page may be on a domain below
 * the site's. And a browser shows no plain http inside an https page.
 */
function requireApart(pattern: string | undefined, origins: readonly string[]): void {
  if (pattern === undefined) return;
  const previews = new URL(pattern.replace('*.', ''));
  for (const origin of origins) {
    const site = new URL(origin);
    const isBelow = `.${site.hostname}`.endsWith(`.${previews.hostname}`);
    const isPlain = site.protocol === 'https:' && previews.protocol === 'http:';
    if (!isBelow && !isPlain) continue;
    throw new LabError(
      'LAB_INPUT_INVALID',
      `KINDLAB_PREVIEW_ORIGIN is ${pattern}, which ${isPlain ? 'is not https like' : 'contains'} ${origin}.`,
      {
        hint: 'Give previews a domain that does not contain the site, and https if the site has it.',
      },
    );
  }
}
