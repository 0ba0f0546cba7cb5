import type { APIRoute, GetStaticPaths } from 'astro';
import { labIds } from '../../lessons/load.ts';
import { readRecord } from '../../lessons/record.ts';

export const getStaticPaths = (async () => {
  const labs = await labIds();
  const records = await Promise.all(
    labs.map(async (lab) => ({ lab, record: await readRecord(lab) })),
  );
  return records
    .filter(({ record }) => record !== undefined)
    .map(({ lab, record }) => ({ params: { lab }, props: { record } }));
}) satisfies GetStaticPaths;

/** What the proof of a lesson recorded, for its replay. */
export const GET: APIRoute = ({ props }) =>
  new Response(JSON.stringify(props.record), { headers: { 'content-type': 'application/json' } });
