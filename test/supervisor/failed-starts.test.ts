import { pino } from "pino";
import { expect, test } from "vitest";
import { FailedStarts } from "../../src/supervisor/failed-starts.ts";
import { useFakeClock } from "../support/fake-clock.ts";

test("failures are collected for a second from the first; beyond a hundred causes they are grouped by code", async () => {
  using clock = useFakeClock();
  const lines: { msg: string; agents: number }[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const failed = new FailedStarts(log);
  for (let n = 0; n < 103; n += 1) {
    failed.add(`w${n}`, { code: "AGENT_MODULE_BROKEN", message: `cause ${n}` });
  }
  failed.add("w0", { code: "AGENT_MODULE_BROKEN", message: "cause 0" });
  await clock.advance(999);
  expect(lines).toEqual([]);
  await clock.advance(1);
  expect(lines).toHaveLength(101);
  expect(lines[0]).toMatchObject({ agents: 2, msg: "not started: w0, w0: AGENT_MODULE_BROKEN" });
  expect(lines.at(-1)).toMatchObject({ agents: 3 });
  failed.add("w0", { code: "AGENT_MODULE_BROKEN", message: "cause 0" });
  await clock.advance(1_000);
  expect(lines.slice(101)).toMatchObject([
    { agents: 1, msg: "not started: w0: AGENT_MODULE_BROKEN" },
  ]);
});

test("failed starts have one line for each cause, with some names and the count", () => {
  const lines: { msg: string; agents: number }[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const failed = new FailedStarts(log);
  for (let n = 0; n < 92; n += 1) {
    failed.add(`w${n}`, { code: "AGENT_MODULE_BROKEN", message: "agent module w.ts: oops" });
  }
  failed.add("other", { code: "AGENT_TYPE_UNKNOWN", message: "agent type must be one of joke" });
  failed.flush();
  failed.flush();
  expect(lines.map(({ msg, agents }) => [msg, agents])).toEqual([
    ["not started: w0, w1, w2, w3, w4 and 87 more: AGENT_MODULE_BROKEN", 92],
    ["not started: other: AGENT_TYPE_UNKNOWN", 1],
  ]);
});
