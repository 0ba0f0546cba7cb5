import { expect, test } from 'vitest';
import { isReply, typedCode } from './typed-code.ts';

const heredoc = "kubectl apply -f - <<'EOF'\nkind: Pod\n\tindented\nEOF\n";

test('gives a shell with bracketed paste one block on a clean line, and one Enter', () => {
  expect(typedCode(heredoc, true)).toBe(
    "\x07\x05\x15\x1b[200~kubectl apply -f - <<'EOF'\rkind: Pod\r\tindented\rEOF\x1b[201~\r",
  );
});

test('gives any other program line by line, without keys that complete', () => {
  expect(typedCode(heredoc, false)).toBe(
    "kubectl apply -f - <<'EOF'\rkind: Pod\r  indented\rEOF\r",
  );
});

test('keeps code from ending the paste', () => {
  expect(typedCode('echo a\x1b[201~\rrm -r b\x03', true)).toBe(
    '\x07\x05\x15\x1b[200~echo a[201~\rrm -r b\x1b[201~\r',
  );
});

test.each(['\x1b[?1;2c', '\x1b[>0;276;0c', '\x1b[12;40R', '\x1b[0n', '\x1b[?2004;1$y', '\x1b[O'])(
  'recognizes a reply to a query: %j',
  (data) => expect(isReply(data)).toBe(true),
);

test.each(['\x1b]10;rgb:1e/22/27\x1b\\', '\x1bP1$r0m\x1b\\'])(
  'recognizes a reply in string form: %j',
  (data) => expect(isReply(data)).toBe(true),
);

test.each(['a', '\r', '\x03', '\x1b', '\x1b[A', '\x1bOP', '\x1b[200~x\x1b[201~', '日本語'])(
  'does not take typing for a reply: %j',
  (data) => expect(isReply(data)).toBe(false),
);
