// A worker of our own, so that the bundler finds it: what monaco-yaml names, it does not.
import 'monaco-yaml/yaml.worker.js';
