/** The log: whatever agents and models put into a line, it stays one line and plain text. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanLogLine } from "../src/plain-line.ts";

const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const EVIL =
  "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eabc\u2066\u2028[00:00:00] FATAL: forged\n[x] y";

function cleaned(line: object): Record<string, unknown> {
  const text = cleanLogLine(`${JSON.stringify(line)}\n`);
  expect(text.endsWith("}\n")).toBe(true);
  expect(OBEYED.test(text.slice(0, -1))).toBe(false);
  return JSON.parse(text) as Record<string, unknown>;
}

test("a plain line is passed on as it is", () => {
  const line = `${JSON.stringify({ level: 30, msg: "agent1 stopped: 日本, naïve, 👩‍👩‍👧" })}\n`;
  expect(cleanLogLine(line)).toBe(line);
});

test("messages, fields, their names and nested errors hold one plain line each", () => {
  const { msg, error, list } = cleaned({
    msg: `CTX ${EVIL}`,
    error: { message: EVIL, details: { [EVIL]: [EVIL] } },
    list: [EVIL],
  });
  expect(msg).toBe("CTX abc [00:00:00] FATAL: forged [x] y");
  expect(JSON.stringify([error, list])).not.toMatch(/\\n|\\u00/);
});

test("half a character is replaced, so that strict readers of JSON take the line", () => {
  expect(cleaned({ msg: "a\ud83d", "b\udc00": ["\ud83d"] })).toEqual({
    msg: "a\ufffd",
    "b\ufffd": ["\ufffd"],
  });
});

test("a field does not take the name of another one by its marks", () => {
  const line = {
    level: "info",
    agent: "a1",
    "lev\u202eel": "fatal",
    "agent\u0007": "a2",
    msg: "x",
  };
  expect(cleaned(line)).toEqual({
    level: "info",
    agent: "a1",
    _level: "fatal",
    _agent: "a2",
    msg: "x",
  });
});

test("a stack keeps its lines, and a line that is not a frame is marked", () => {
  const stack = `Error: it broke\n[00:00:00] FATAL: forged\r\u2028INFO x\n    at step (\u202efile.js:1:1)`;
  expect(cleaned({ err: { stack } })).toEqual({
    err: {
      stack: "Error: it broke\n| [00:00:00] FATAL: forged\n| \n| INFO x\n    at step (file.js:1:1)",
    },
  });
});

test("nothing that a terminal obeys is left of any text", () => {
  const texts = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(texts, texts, (text, name) => {
      // It expects what must hold of any line.
      cleaned({ msg: text, stack: text, fields: { [name]: [text, { stack: text }] } });
    }),
  );
});
