import { z } from 'zod';
import { nodeImageSchema } from './lab.ts';

/** One stage of the preparation that must finish before sessions can start. */
export const preparationStageSchema = z.object({
  /** Permanent, for example `engine` or `image-node`. */
  id: z.string(),
  /** What the stage does, in words. */
  title: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped']),
  /** 0 to 1; while the stage runs, an estimate from this machine's earlier runs. */
  progress: z.number().min(0).max(1),
  /** Seconds taken so far. */
  seconds: z.number().nonnegative(),
});

export type PreparationStage = z.infer<typeof preparationStageSchema>;

/** What a machine has too little of, and what to do. */
const noteSchema = z.object({
  title: z.string(),
  detail: z.string(),
  /** A command, if there is one. */
  fix: z.string().optional(),
});

export type Note = z.infer<typeof noteSchema>;

/** One cluster image that is still missing. Sandboxes boot from it as soon as it is built. */
export const growthLinkSchema = z.object({
  /** Its recipe, for example `cluster-data`. */
  id: z.string(),
  /** What it adds to the link before it. */
  images: z.array(nodeImageSchema),
  /** 0 to 1: how far the build is on its way to this link, the links before it included. */
  progress: z.number().min(0).max(1),
  /** Estimated seconds until it is built, while known. */
  remainingSeconds: z.number().nonnegative().optional(),
});

export type GrowthLink = z.infer<typeof growthLinkSchema>;

/** Images of some lessons that are still missing, while sessions of the others can start. */
export const growthSchema = z.object({
  state: z.enum(['building', 'failed']),
  /** No session can have these yet. */
  images: z.array(nodeImageSchema),
  /** In the order of building: the first is the one being built, or the one that failed. */
  chain: z.array(growthLinkSchema),
  /** 0 to 1. */
  progress: z.number().min(0).max(1),
  /** One sentence for people. */
  message: z.string(),
  /** Present when it failed: a `LAB_*` code. */
  code: z.string().optional(),
  hint: z.string().optional(),
  /** Estimated seconds until all of them are built, while known. */
  remainingSeconds: z.number().nonnegative().optional(),
});

export type Growth = z.infer<typeof growthSchema>;

/** The state of the sandbox, as `GET /api/status` and every page show it. */
export const preparationStatusSchema = z.object({
  state: z.enum(['preparing', 'ready', 'unavailable']),
  /** The stage that is running or has failed; absent when ready. */
  stage: z.string().optional(),
  /** 0 to 1 over all stages. */
  progress: z.number().min(0).max(1),
  /** One sentence for people. */
  message: z.string(),
  /** Present when unavailable: what the reader or the operator can do. */
  hint: z.string().optional(),
  /** A `LAB_*` code when unavailable. */
  code: z.string().optional(),
  /** Estimated seconds until ready, while preparing and known. */
  remainingSeconds: z.number().nonnegative().optional(),
  stages: z.array(preparationStageSchema),
  /**
   * What keeps the machine from running sessions, or from running many or fast ones, as `npm run
   * doctor` reports it.
   */
  notes: z.array(noteSchema),
  /** Absent when all images have been built. */
  growth: growthSchema.optional(),
});

export type PreparationStatus = z.infer<typeof preparationStatusSchema>;

/** `GET /api/status`. */
export const statusSchema = z.object({
  version: z.string(),
  sandbox: preparationStatusSchema,
  sessions: z.object({
    /** Sessions that have a sandbox, including frozen ones. */
    active: z.int().nonnegative(),
    /** Sandboxes that are ready for the next session. */
    warm: z.int().nonnegative(),
    /** The active sessions that are idle. */
    frozen: z.int().nonnegative(),
    queued: z.int().nonnegative(),
    limit: z.int().nonnegative(),
    /**
     * Whether the memory is used up: no sandbox is kept ready, and a new session may be refused.
     */
    memoryShort: z.boolean(),
  }),
});

export type Status = z.infer<typeof statusSchema>;
