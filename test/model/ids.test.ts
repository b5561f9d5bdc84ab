import { expect, test } from "vitest";
import {
  excerpt,
  keepStepIdsAfter,
  newActionId,
  newAgentId,
  newStepId,
  parseAgentId,
} from "../../src/model/ids.ts";

test("new ids differ, those made later sort later, and an agent's new id is valid", () => {
  for (const make of [newActionId, newStepId]) {
    const ids: readonly string[] = Array.from({ length: 1_000 }, make);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  }
  const id = newAgentId();
  expect(id).toMatch(/^agent-[\da-f]{12}$/);
  expect(parseAgentId(id)).toBe(id);
});

test("step ids sort after those of an earlier process whose clock was ahead", () => {
  keepStepIdsAfter(["", "no id", "ffffffff-ffff-7fff-bfff-ffffffffffff"]);
  const hour = Date.now() + 3_600_000;
  const digits = hour.toString(16).padStart(12, "0");
  const ahead = `${digits.slice(0, 8)}-${digits.slice(8)}-7fff-bfff-ffffffffffff`;
  expect(newStepId() < ahead).toBe(true);
  keepStepIdsAfter([ahead, newStepId()]);
  const ids: readonly string[] = [ahead, ...Array.from({ length: 100 }, newStepId)];
  expect(ids.toSorted()).toEqual(ids);
});

test.each(["a", "7", "Agent_1.b:c@d-e", "x".repeat(128)])("%s is an agent id", (id) => {
  expect(parseAgentId(id)).toBe(id);
});

test.each([
  ["", '""'],
  ["-a", '"-a"'],
  ["a b", '"a b"'],
  ["ä", '"ä"'],
  ["a\n", String.raw`"a\n"`],
  [7, "7"],
  [undefined, "nothing"],
  ["x".repeat(129), `"${"x".repeat(56)}… (131 characters)`],
])("%j is not an agent id, and the error says what came", (value, came) => {
  expect(() => parseAgentId(value)).toThrow(
    expect.objectContaining({
      code: "AGENT_ID_INVALID",
      message: `agent id must be text of 1 to 128 characters of A-Z a-z 0-9 . _ : @ - that starts with a letter or digit, got ${came}`,
    }),
  );
});

test("an excerpt is whole up to sixty characters, and names the kind of what has no JSON", () => {
  expect(excerpt("x".repeat(58))).toBe(`"${"x".repeat(58)}"`);
  expect(excerpt("x".repeat(59))).toBe(`"${"x".repeat(56)}… (61 characters)`);
  expect([excerpt(undefined), excerpt(null), excerpt(1n)]).toEqual(["nothing", "null", "bigint"]);
});
