import type { APIRoute } from 'astro';
import { listPages } from '../lessons/pages.ts';

/** Every page of the site, for link checks, cards and embeds. */
export const GET: APIRoute = async () =>
  new Response(JSON.stringify(await listPages()), {
    headers: { 'content-type': 'application/json' },
  });
