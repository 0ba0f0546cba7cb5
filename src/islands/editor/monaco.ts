import * as monaco from 'monaco-editor/editor';
import 'monaco-editor/features/register.all';
import 'monaco-editor/languages/definitions/dockerfile/register';
import 'monaco-editor/languages/definitions/python/register';
import 'monaco-editor/languages/definitions/shell/register';
import 'monaco-editor/languages/definitions/yaml/register';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';
import { configureMonacoYaml, type JSONSchema, type MonacoYaml } from 'monaco-yaml';
import { darkTheme, lightTheme } from './monaco-theme.ts';
import YamlWorker from './yaml.worker.ts?worker';

export { monaco };

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };
monaco.editor.defineTheme('kindlab-light', lightTheme);
monaco.editor.defineTheme('kindlab-dark', darkTheme);

interface OldWorkerOptions {
  createData: unknown;
}

/**
 * monaco-yaml creates its worker in the way of Monaco before 0.55: remcohaszing/monaco-yaml#272.
 */
function createWebWorker({ createData }: OldWorkerOptions): unknown {
  const worker = new YamlWorker();
  worker.postMessage('ignore');
  worker.postMessage(createData);
  return monaco.editor.createWebWorker({ worker });
}

/** An unknown field is an error, as for the API server, and not a warning. */
const setModelMarkers: typeof monaco.editor.setModelMarkers = (model, owner, markers) => {
  const { Error: error } = monaco.MarkerSeverity;
  monaco.editor.setModelMarkers(
    model,
    owner,
    markers.map((marker) => ({ ...marker, severity: error })),
  );
};

const yaml: MonacoYaml = configureMonacoYaml(
  { ...monaco, editor: { ...monaco.editor, createWebWorker, setModelMarkers } },
  { completion: true, hover: true, validate: true, format: { enable: true } },
);

/** Sets the schema of all YAML files. */
export async function setSchema(schema: JSONSchema): Promise<void> {
  await yaml.update({ schemas: [{ uri: 'kindlab://manifest', fileMatch: ['*'], schema }] });
}
