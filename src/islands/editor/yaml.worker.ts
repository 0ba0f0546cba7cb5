// A file here, because the bundler does not find the worker that monaco-yaml names.
import 'monaco-yaml/yaml.worker.js';
