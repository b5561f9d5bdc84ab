import { expect, test } from "vitest";
import { createLog } from "../src/log.ts";

type Format = "text" | "json" | "auto";

function logged(logFormat: Format, isTTY: boolean): string {
  let text = "";
  const log = createLog({ log: "info", logFormat }, { isTTY, write: (line) => (text += line) });
  log.debug("not at this level");
  log.warn({ token: "abc", agentId: "a1" }, "slow\u001b[2J");
  return text;
}

test.each([
  ["json", true],
  ["json", false],
  ["auto", false],
] as const)("a log in the form %s, on a terminal: %s, is one JSON object a line", (form, isTTY) => {
  const [line = "", ...rest] = logged(form, isTTY).split("\n");
  expect(rest).toEqual([""]);
  expect(JSON.parse(line)).toMatchObject({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    agentId: "a1",
    token: "[secret]",
    msg: "slow",
  });
});

test.each([
  ["text", false],
  ["text", true],
  ["auto", true],
] as const)(
  "a log in the form %s, on a terminal: %s, is text with date and time",
  (form, isTTY) => {
    const line = logged(form, isTTY);
    expect(line).toMatch(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\].*WARN.*slow.*"agentId":"a1"/);
    expect(line).toMatch(/^[^\n]+\n$/);
  },
);
