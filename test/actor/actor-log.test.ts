/** An agent's log lines: bounded in number and in size. */

import { expect, test } from "vitest";
import { ActorLog, LOG_LINES_PER_SECOND_MAX } from "../../src/actor/actor-log.ts";
import type { Report } from "../../src/boundary/protocol.ts";
import { parseReport } from "../../src/boundary/report-check.ts";
import { LOG_FIELDS_CHARS_MAX, LOG_MESSAGE_CHARS_MAX } from "../../src/model/limits.ts";

function logInto(sent: Report[]): ActorLog {
  return new ActorLog((report) => sent.push(parseReport(structuredClone(report))));
}

test("a flood is cut, and the number of dropped lines is reported once", () => {
  const sent: Report[] = [];
  const log = logInto(sent);
  for (let i = 0; i < LOG_LINES_PER_SECOND_MAX + 7; i += 1) log.info(`line ${i}`);
  expect(sent).toHaveLength(LOG_LINES_PER_SECOND_MAX);
  log.reportDropped();
  log.reportDropped();
  expect(sent).toHaveLength(LOG_LINES_PER_SECOND_MAX + 1);
  expect(sent.at(-1)).toMatchObject({
    level: "warn",
    message: expect.stringMatching(/^7 log lines/),
  });
});

test("a long message is cut", () => {
  const sent: Report[] = [];
  logInto(sent).error("x".repeat(LOG_MESSAGE_CHARS_MAX + 1));
  expect(sent).toEqual([
    { kind: "log", level: "error", message: "x".repeat(LOG_MESSAGE_CHARS_MAX) },
  ]);
});

test.each([
  ["data", { a: 1, f: () => 1 }, { a: 1 }],
  ["a BigInt", { a: 1n }, { fields_left_out: expect.stringContaining("BigInt") }],
  ["too large", { a: "x".repeat(LOG_FIELDS_CHARS_MAX) }, { fields_left_out: expect.any(String) }],
])("fields that no port carries do not throw in the agent: %s", (_why, fields, expected) => {
  const sent: Report[] = [];
  const { warn } = logInto(sent);
  warn("look", fields);
  expect(sent).toEqual([{ kind: "log", level: "warn", message: "look", fields: expected }]);
});
