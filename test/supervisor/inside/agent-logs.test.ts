/** The last log lines of agents, and their bounds. */

import { expect, test, vi } from "vitest";
import type { LogLine } from "../../../src/model/agent-inside.ts";
import { type AgentId, parseAgentId } from "../../../src/model/ids.ts";
import { AgentLogs, type LogLimits } from "../../../src/supervisor/inside/agent-logs.ts";

const [one, two] = [parseAgentId("one"), parseAgentId("two")];

function open(limits: Partial<LogLimits> = {}) {
  const heard: LogLine[] = [];
  const logs = new AgentLogs((_agentId, line) => heard.push(line), limits);
  const say = (agentId: AgentId, ...messages: readonly string[]) => {
    for (const message of messages) logs.add(agentId, 1, { kind: "log", level: "info", message });
  };
  const texts = (agentId: AgentId) => logs.last(agentId).map(({ message }) => message);
  return { logs, say, texts, heard };
}

test("lines are kept by agent, numbered, and passed on", () => {
  const { logs, say, heard } = open();
  say(one, "a", "b");
  logs.add(two, 3, { kind: "log", level: "warn", message: "c", fields: { n: 1 } });
  const [first] = heard;
  const n = first?.n ?? 0;
  expect(logs.last(one)).toMatchObject([
    { n, message: "a", fields: null, generation: 1 },
    { n: n + 1, message: "b" },
  ]);
  expect(logs.last(two)).toMatchObject([
    { level: "warn", message: "c", fields: { n: 1 }, generation: 3 },
  ]);
  expect(heard.map(({ message }) => message)).toEqual(["a", "b", "c"]);
  expect(logs.last(parseAgentId("nobody"))).toEqual([]);
});

test("the last lines can be asked for, and those after a line", () => {
  const { logs, say, texts, heard } = open();
  say(one, "a", "b", "c", "d");
  expect(logs.last(one, 2).map(({ message }) => message)).toEqual(["c", "d"]);
  expect(logs.last(one, 100, heard[2]?.n)).toEqual(heard.slice(3));
  expect(texts(one)).toEqual(["a", "b", "c", "d"]);
});

test("an agent that floods keeps its last lines, within their number and size", () => {
  const { logs, say, texts, heard } = open({ linesMax: 3, agentCharsMax: 2_000 });
  say(one, "a", "b", "c", "d");
  expect(texts(one)).toEqual(["b", "c", "d"]);
  say(one, "x".repeat(1_000), "y".repeat(1_000));
  expect(texts(one).join("").length).toBeLessThan(2_000);
  const fields = { text: "z".repeat(1_000) };
  logs.add(one, 1, { kind: "log", level: "info", message: "e", fields });
  logs.add(one, 1, { kind: "log", level: "info", message: "f", fields });
  expect(texts(one)).toEqual(["f"]);
  const [first] = heard;
  expect(heard.map(({ n }) => n - (first?.n ?? 0))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("of all agents together those that logged longest ago are forgotten first", () => {
  const { say, texts } = open({ allCharsMax: 3_500 });
  say(one, "x".repeat(1_000));
  say(two, "y");
  say(one, "z");
  say(parseAgentId("three"), "w".repeat(900));
  expect(texts(two)).toEqual([]);
  expect(texts(one).at(-1)).toBe("z");
});

test("numbers never start again, neither in the next process nor after lines were forgotten", () => {
  const { logs, say, heard } = open({ allCharsMax: 2_000 });
  say(one, "a", "b");
  say(two, "x".repeat(2_000));
  expect(logs.last(one)).toEqual([]);
  say(one, "c");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1 });
  const later = open();
  later.say(one, "d");
  vi.useRealTimers();
  const numbers = [...heard, ...later.heard]
    .filter(({ message }) => message.length === 1)
    .map(({ n }) => n);
  expect(new Set(numbers).size).toBe(4);
  expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
  expect(numbers.every(Number.isSafeInteger)).toBe(true);
});
