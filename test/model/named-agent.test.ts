import { expect, test } from "vitest";
import { namedAgent } from "../../src/model/named-agent.ts";

test.each([
  ["a", '{"agent_id":"b"}', "a"],
  [null, '{"agent_id":"b"}', "b"],
  ["", '{ "agent_id": "b" }', "b"],
  [null, '{"agent_id":"not an id"}', null],
  [null, '{"agent_id":5}', null],
  [null, "{", null],
  ["", "[]", null],
])("a row with %j and %s is about %j", (agent_id, payload, expected) => {
  expect(namedAgent({ agent_id, payload })).toBe(expected);
});
