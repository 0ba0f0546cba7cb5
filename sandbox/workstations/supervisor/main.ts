import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { MAX_REQUESTS } from '../lab-limits.ts';
import { LAB_SOCKET, SERVER_SOCKET, SUPERVISOR_SOCKET } from '../sockets.ts';
import { LabRelay } from './lab-relay.ts';
import { Terminals } from './terminals.ts';
import { Viewer } from './viewer.ts';

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

// Shells inherit it: others may read the learner's new files but not write them.
process.umask(0o022);
const relay = new LabRelay();
listen(SERVER_SOCKET, 0o600, (socket) => relay.serve(socket));
listen(LAB_SOCKET, 0o666, (socket) => relay.accept(socket)).maxConnections = MAX_REQUESTS;
// The last one: when it exists, all of them do.
listen(SUPERVISOR_SOCKET, 0o600, (socket) => new Viewer(socket, terminals));

function listen(path: string, mode: number, onConnection: (socket: Socket) => unknown): Server {
  rmSync(path, { force: true });
  // A client of lab may close its side after the request and still expects an answer.
  const server = createServer({ allowHalfOpen: path === LAB_SOCKET }, onConnection);
  return server.listen(path, () => chmodSync(path, mode));
}
