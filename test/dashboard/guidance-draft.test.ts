import { expect, test } from "vitest";
import { readGuidance } from "../../src/dashboard/state/guidance-draft.ts";
import { subjectOf } from "../../src/dashboard/state/guidance-use.ts";

test("a subject is sent as such, without the space around it", () => {
  const read = readGuidance({ kind: "subject", text: " dogs\nand cats \n" });
  expect(read).toEqual({ isOk: true, value: { subject: "dogs\nand cats" } });
});

test("what cannot be sent has its reason", () => {
  const errorOf = (kind: "subject" | "json", text: string) => {
    const read = readGuidance({ kind, text });
    return read.isOk ? "" : read.error;
  };
  expect(errorOf("subject", " ")).toBe("required");
  expect(errorOf("subject", "x".repeat(2_001))).toBe("at most 2,000 characters, this has 2,001");
  expect(errorOf("json", "[1]")).toMatch(/must be a JSON object/);
  expect(errorOf("json", "{ n: 1 }")).not.toBe("");
  expect(errorOf("json", JSON.stringify({ n: "x".repeat(300_000) }))).toMatch(
    /at most 262,144 bytes/,
  );
});

test("what the types of the agents refuse is named, with the type if there are several", () => {
  const schemas = new Map([
    ["counter", { properties: { count: { type: "number" } }, required: ["count"] }],
  ]);
  const read = (kind: "subject" | "json", text: string, types: readonly string[]) =>
    readGuidance({ kind, text }, types, schemas);
  const missing = "guidance.count is missing, expected a number";
  expect(read("json", '{"n":1}', ["counter"])).toEqual({ isOk: false, error: missing });
  expect(read("subject", "dogs", ["counter"])).toEqual({ isOk: false, error: missing });
  expect(read("json", '{"n":1}', ["joke", "counter"])).toEqual({
    isOk: false,
    error: `type counter: ${missing}`,
  });
  expect(read("json", '{"n":1}', ["joke"])).toEqual({ isOk: true, value: { n: 1 } });
  expect(read("json", '{"count":1}', ["joke", "counter"])).toMatchObject({ isOk: true });
});

test("only guidance that is nothing but a subject is shown as one", () => {
  expect(subjectOf({ subject: "dogs" })).toBe("dogs");
  for (const other of [{ subject: 1 }, { subject: "a", n: 1 }, {}, null, "dogs"]) {
    expect(subjectOf(other)).toBeNull();
  }
});
