/** What is stored is what REST says of its answers. */

import { Check } from "typebox/value";
import { expect, test } from "vitest";
import { viewAction, viewAgent } from "../../src/model/agent-view.ts";
import { ActionViewSchema, AgentViewSchema } from "../../src/model/response.ts";
import { agentStepRow } from "../../src/model/rows/agent-step-row.ts";
import { agentRow, pendingAction, stepRow } from "../support/sample-rows.ts";

test("stored rows fit the schemas", () => {
  const action = viewAction(pendingAction({ agent_id: null, payload: "no JSON" }));
  expect(Check(ActionViewSchema, action)).toBe(true);
  expect(Check(AgentViewSchema, viewAgent(agentRow()))).toBe(true);
  expect(Check(agentStepRow, stepRow())).toBe(true);
});

test("a context is shown parsed, one that is not JSON as none", () => {
  const shown = (context: string) => viewAgent(agentRow({ context })).context;
  expect([shown('{"a":[1]}'), shown("null"), shown("{")]).toEqual([{ a: [1] }, null, null]);
});
