import { expect, test } from "vitest";
import { ActionList } from "../../src/dashboard/state/action-rows.ts";
import { hintOf, searchActions } from "../../src/dashboard/state/action-text.ts";
import { actionView } from "./sample-agents.ts";

const list = new ActionList();
list.read([
  actionView("1", { action: "agent_pause", actor: "ana", payload: { reason: "too loud" } }),
  actionView("2", {
    action: "agent_resume",
    actor: "ben",
    outcome: "rejected",
    error: { code: "AGENT_UNKNOWN", message: "there is no agent a" },
  }),
]);

function idsOf(search: string): readonly string[] {
  return searchActions(list.list("all"), search).map(({ id }) => id);
}

test("actions are found by action, actor, error and payload, each word of it", () => {
  expect(idsOf("")).toHaveLength(2);
  expect(idsOf("PAUSE ana")).toEqual(["1"]);
  expect(idsOf("loud")).toEqual(["1"]);
  expect(idsOf("agent_unknown")).toEqual(["2"]);
  expect(idsOf("ana resume")).toEqual([]);
});

test("the hint of a payload is its guidance, its reason or its subject, cut if it is long", () => {
  expect(hintOf({ agent_id: "a", guidance: { subject: "dogs" } })).toBe('{"subject":"dogs"}');
  expect(hintOf({ agent_id: "a", reason: "too loud" })).toBe("too loud");
  expect(hintOf({ agent_id: "a", reason: "", initial_subject: "tea" })).toBe("tea");
  expect(hintOf({ agent_id: "a" })).toBe("");
  expect(hintOf(undefined)).toBe("");
  expect(hintOf({ reason: "x".repeat(1_000) }).length).toBeLessThan(130);
});
