import { Compile } from "typebox/compile";
import { expect, test } from "vitest";
import type { TroupeEvent } from "../../src/model/event.ts";
import { dataSchemas, EventSchema } from "../../src/model/event-schema.ts";
import { columnsIn } from "../../src/model/rows/column.ts";

test("the schema accepts events and refuses other values", () => {
  const check = Compile(EventSchema);
  const data = { function: "Ask", value: { any: ["thing"] } };
  const event: TroupeEvent = { seq: 1, type: "llm.partial", time: 0, data };
  expect(check.Check({ ...event, agent_id: "agent1" })).toBe(true);
  expect(check.Check({ ...event, data: { value: 1 } })).toBe(false);
  expect(check.Check({ ...event, type: "llm.whole" })).toBe(false);
});

test("of the columns that hold JSON, events carry only those that stay small", () => {
  const columns = Object.entries(columnsIn(dataSchemas["agent.status"]));
  const json = columns.filter(([, { kind }]) => kind === "json").map(([name]) => name);
  // Any other one belongs into large-columns.ts.
  expect(json).toEqual(["last_error", "exit_reason"]);
});
