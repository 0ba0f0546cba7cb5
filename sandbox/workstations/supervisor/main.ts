import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { Terminals } from './terminals.ts';
import { Viewer } from './viewer.ts';

const SOCKET_PATH = '/run/kindlab/supervisor.sock';
const LEARNER_ID = 1000;
const HOME = '/home/learner';

const terminals = new Terminals({
  uid: LEARNER_ID,
  gid: LEARNER_ID,
  directory: `${HOME}/lab`,
  env: {
    HOME,
    USER: 'learner',
    LOGNAME: 'learner',
    SHELL: '/bin/bash',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
  },
});

// Shells start with these: what the learner makes is theirs alone, and nothing of the supervisor is inherited.
process.umask(0o022);
rmSync(SOCKET_PATH, { force: true });
createServer((socket) => new Viewer(socket, terminals)).listen(SOCKET_PATH, () => {
  chmodSync(SOCKET_PATH, 0o600);
});
