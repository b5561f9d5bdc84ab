import { pino } from "pino";
import { expect, test } from "vitest";
import { writeLog } from "../../src/supervisor/agent-line.ts";

test("an agent's fields do not change the agent, the time and the level of a line", () => {
  const lines: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(line) });
  const fields = { level: 60, time: 0, agent: "other", msg: "forged", size: 3 };
  writeLog(log.child({ agent: "agent1" }), { kind: "log", level: "info", message: "hi", fields });
  writeLog(log, { kind: "log", level: "warn", message: "bare" });
  expect(lines).toEqual([
    '{"level":30,"agent":"agent1","_level":60,"_time":0,"_agent":"other","_msg":"forged","size":3,"msg":"hi"}\n',
    '{"level":40,"msg":"bare"}\n',
  ]);
});
