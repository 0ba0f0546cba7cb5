import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, CDPSession } from 'playwright-core';
import { buildSite } from '../../sandbox/setup/site.ts';
import { projectRoot } from '../../sandbox/images/build/files.ts';
import { launchBrowser } from '../support/browser.ts';
import { framesOfRollout } from '../support/map-frames.ts';
import { PaneServer } from '../support/pane-server.ts';
import { ReadingServer } from '../support/reading-server.ts';
import type { Bench } from './bench.ts';
import type { Figure } from './figures.ts';

const LESSON = '/en/concepts/nodes-pods-containers/';
const WIDE = { viewport: { width: 1440, height: 900 } };
const ROUNDS = 5;
const PODS = 60;
const DEBUGGING_PORT = 9223;
/** npm fetches it on demand: with 160 MB it is too large for a dependency. */
const LIGHTHOUSE = 'lighthouse@13.5.0';
const LIGHTHOUSE_MS = 5 * 60_000;
const REPORT_BYTES = 64 * 2 ** 20;

/**
 * Measures the work of a reader's browser: Lighthouse's scores, script before any interaction, the
 * time to open the editor, and the map's frames while pods roll out.
 */
export async function measurePage({ signal }: Pick<Bench, 'signal'>): Promise<Figure[]> {
  await buildSite({ root: projectRoot, signal });
  return [...(await scores(signal)), ...(await editorAndMap())];
}

async function scores(signal: AbortSignal): Promise<Figure[]> {
  await using server = await new ReadingServer().start();
  const browser = await launchBrowser([`--remote-debugging-port=${DEBUGGING_PORT}`]);
  try {
    const options = ['--output=json', '--quiet', `--port=${DEBUGGING_PORT}`];
    const { stdout } = await promisify(execFile)(
      'npm',
      [
        'exec',
        '--yes',
        `--package=${LIGHTHOUSE}`,
        '--',
        'lighthouse',
        server.origin + LESSON,
        ...options,
      ],
      { maxBuffer: REPORT_BYTES, timeout: LIGHTHOUSE_MS, signal },
    );
    const { categories, audits } = JSON.parse(stdout) as Report;
    for (const [id, audit] of Object.entries(audits)) {
      const { title, score = null } = audit ?? {};
      if (score !== null && score < 0.9) console.error(`  ${id}: ${title} (${score})`);
    }
    const requests = audits['network-requests']?.details?.items ?? [];
    const scripts = requests.filter(({ resourceType }) => resourceType === 'Script');
    return [
      ...Object.values(categories).map(({ title, score }): Figure => {
        return { what: `Lighthouse, ${title}`, samples: [Math.round(score * 100)], unit: '' };
      }),
      {
        what: 'script of a lesson page before any interaction, as sent',
        samples: [scripts.reduce((sum, { transferSize = 0 }) => sum + transferSize, 0) / 1024],
        unit: 'KiB',
      },
    ];
  } finally {
    await browser.close();
  }
}

/** The parts of a Lighthouse report that this benchmark reads. */
interface Report {
  categories: Record<string, { title: string; score: number }>;
  audits: Record<
    string,
    { title: string; score: number | null; details?: { items?: Request[] } } | undefined
  >;
}

interface Request {
  resourceType?: string;
  transferSize?: number;
}

async function editorAndMap(): Promise<Figure[]> {
  await using server = await new PaneServer().start();
  writeFileSync(join(server.lab, 'web.yaml'), 'kind: Pod\n');
  const browser = await launchBrowser();
  try {
    const editor: number[] = [];
    const frames: number[] = [];
    const longest: number[] = [];
    const work: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      editor.push(await editorReady(server, browser));
      const map = await mapFrames(server, browser);
      frames.push(map.rate);
      longest.push(map.worst);
      work.push(map.work);
    }
    return [
      { what: 'editor: button to an editable file, nothing cached', samples: editor, unit: 'ms' },
      { what: `map: frames a second while ${PODS} pods roll out`, samples: frames, unit: '' },
      { what: 'map: longest frame meanwhile', samples: longest, unit: 'ms' },
      {
        what: 'map: CPU time of a frame on the main thread, of 16.7 ms',
        samples: work,
        unit: 'ms',
      },
    ];
  } finally {
    await browser.close();
  }
}

async function editorReady(server: PaneServer, browser: Browser): Promise<number> {
  const { page } = await server.live(browser, LESSON, WIDE);
  const startedAt = performance.now();
  await page.locator('[data-part=editor] [data-part-toggle]').click();
  await page.locator('.bench-file').first().click();
  await page.locator('.monaco-area .view-lines .view-line').first().waitFor();
  const ms = performance.now() - startedAt;
  await page.context().close();
  return ms;
}

async function mapFrames(
  server: PaneServer,
  browser: Browser,
): Promise<{ rate: number; worst: number; work: number }> {
  const live = await server.live(browser, LESSON, WIDE);
  const thread = await live.page.context().newCDPSession(live.page);
  await thread.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await cpuMs(thread);
  const gaps = await framesOfRollout(live, PODS);
  const work = ((await cpuMs(thread)) - before) / gaps.length;
  await live.page.context().close();
  const ms = gaps.reduce((sum, gap) => sum + gap, 0);
  return { rate: (gaps.length / ms) * 1000, worst: Math.max(...gaps), work };
}

/**
 * CPU time of the page's main thread since its start: script, styles, layout, paint. Other threads
 * rasterise.
 */
async function cpuMs(thread: CDPSession): Promise<number> {
  const { metrics } = await thread.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}
