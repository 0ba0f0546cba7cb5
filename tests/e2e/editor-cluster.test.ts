import { KubernetesObjectApi } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/provider.ts';
import { profileSchema } from '../../src/protocol/lab.ts';
import { RealProvider } from '../../tools/support/real-provider.ts';
import { EditorPage, SOON } from '../support/editor-page.ts';

let editor: EditorPage;

beforeAll(async () => {
  editor = await EditorPage.launch();
});

afterAll(async () => {
  await editor[Symbol.asyncDispose]();
});

describe('the editor of a real session', () => {
  let provider: RealProvider;
  let sandbox: Sandbox;
  const signal = () => AbortSignal.timeout(20_000);
  const run = async (command: string) =>
    sandbox.workstation.exec(['bash', '-c', command], { signal: signal() });

  beforeAll(async () => {
    provider = new RealProvider('editor');
    await provider.begin();
    sandbox = await provider.start(profileSchema.parse({ workers: 0 }));
    editor.server.use(sandbox);
  });

  afterAll(async () => {
    await sandbox[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  it('reads, writes and removes files in the container and reports changes', async () => {
    const { files } = sandbox.workstation;
    const options = { signal: signal() };
    const text = 'a: ポッド\n'.repeat(5_000);
    const { version } = await files.write({ path: 'x/a.yaml', text }, 'none', options);
    expect(await files.read('x/a.yaml', options)).toEqual({ path: 'x/a.yaml', text, version });
    expect((await run('stat -c %U:%a ~/lab/x/a.yaml')).output.trim()).toBe('learner:644');
    await run('ln -s /etc/passwd ~/lab/leak; echo vim > ~/lab/x/a.yaml');
    await expect(files.read('leak', options)).rejects.toMatchObject({ code: 'LAB_FILE_OUTSIDE' });
    const late = files.write({ path: 'x/a.yaml', text }, version, options);
    await expect(late).rejects.toMatchObject({ code: 'LAB_FILE_CHANGED' });
    const lists: string[][] = [];
    const end = new AbortController();
    const watching = files.watch((list) => lists.push(list.files.map(({ path }) => path)), end);
    await expect.poll(() => lists.length, SOON).toBe(1);
    await files.remove('leak', 'any', options);
    await expect.poll(() => lists.at(-1), { timeout: 5_000 }).toEqual(['x', 'x/a.yaml']);
    end.abort();
    await watching.catch(() => undefined);
    // The watching process ends with its connection.
    await expect
      .poll(async () => (await run('pgrep -cf "files [w]atch"')).output.trim(), {
        timeout: 8_000,
      })
      .toBe('0');
    await run('rm -r ~/lab/x');
  });

  it('marks an unknown field and completes fields', async () => {
    await editor.open();
    const yaml =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replica: 2\n';
    const before = Date.now();
    await editor.openFile('web.yaml', yaml);
    await editor.page.locator('.squiggly-error').first().waitFor({ timeout: 15_000 });
    console.log(`an unknown field was marked after ${Date.now() - before} ms`);
    await editor.focusText();
    await editor.page.keyboard.press('Control+End');
    await editor.page.keyboard.type('  stra');
    await editor.page.keyboard.press('Control+Space');
    await editor.page
      .locator('.suggest-widget .monaco-list-row', { hasText: 'strategy' })
      .first()
      .waitFor();
    await editor.screenshot('editor-completion');
    await editor.page.keyboard.press('Escape');
  });

  it('knows a custom kind as soon as the cluster has it', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'toys.play.example' },
      spec: {
        group: 'play.example',
        scope: 'Namespaced',
        names: { kind: 'Toy', plural: 'toys' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', properties: { wheels: { type: 'integer' } } },
                },
              },
            },
          },
        ],
      },
    };
    await KubernetesObjectApi.makeApiClient(sandbox.cluster.kubeConfig).create(crd);
    await editor.page.waitForTimeout(11_000);
    await editor.openFile(
      'toy.yaml',
      'apiVersion: play.example/v1\nkind: Toy\nmetadata:\n  name: a\nspec:\n  wings: 2\n',
    );
    await editor.page.locator('.squiggly-error').first().waitFor({ timeout: 15_000 });
    await editor.page.context().close();
  });

  it('throws no errors in the browser', () => {
    expect(editor.errors).toEqual([]);
  });
});
