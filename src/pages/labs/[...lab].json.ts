import type { APIRoute, GetStaticPaths } from 'astro';
import { compileLab } from '../../lessons/compile-lab.ts';
import { labIds } from '../../lessons/load.ts';

export const getStaticPaths = (async () =>
  (await labIds()).map((lab) => ({ params: { lab } }))) satisfies GetStaticPaths;

/** All that the server knows about a lab: steps, checks and solutions. */
export const GET: APIRoute = async ({ params }) =>
  new Response(JSON.stringify(await compileLab(params.lab ?? '')), {
    headers: { 'content-type': 'application/json' },
  });
