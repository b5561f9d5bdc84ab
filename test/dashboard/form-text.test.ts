import { describe, expect, test } from "vitest";
import {
  readAgentId,
  readInterval,
  readJsonObject,
  readJsonValue,
} from "../../src/dashboard/state/form-text.ts";
import { parseAgentId } from "../../src/model/ids.ts";

describe("text typed into a form", () => {
  test("is an agent's id if the server accepts it as one", () => {
    for (const id of ["a", "Agent-1.b:c@d_e", "x".repeat(128), "-a", "a b", "x".repeat(129), "ä"]) {
      let isTaken = true;
      try {
        parseAgentId(id);
      } catch {
        isTaken = false;
      }
      expect(readAgentId(id).isOk, id).toBe(isTaken);
    }
    expect(readAgentId(" ")).toEqual({ isOk: true, value: undefined });
  });

  test("is a JSON object, or wrong", () => {
    expect(readJsonObject("")).toEqual({ isOk: true, value: {} });
    expect(readJsonObject('{"a": 1}')).toEqual({ isOk: true, value: { a: 1 } });
    for (const text of ["[1]", "null", "{", "5"]) expect(readJsonObject(text).isOk).toBe(false);
  });

  test.each(["{“subject”: “tea”}", "{„a“: 1}", "{«a»: 1}"])(
    "names the quotation mark that a word processor has put into %s",
    (text) => {
      const mark = text.charAt(1);
      expect(readJsonObject(text)).toMatchObject({
        isOk: false,
        error: expect.stringContaining(`; ${mark} is not the " of JSON`),
      });
    },
  );

  test.each([
    ['{"a": 1, "a": 2}', 'JSON must have the name "a" only once'],
    ['{"id": 9007199254740993}', "JSON.id must be a number that a double holds"],
  ])("is refused if JSON would lose something: %s", (text, error) => {
    const refused = { isOk: false, error: expect.stringContaining(error) };
    expect(readJsonObject(text)).toEqual(refused);
    expect(readJsonValue(text, 100)).toEqual(refused);
  });

  test("is an interval in seconds, sent in milliseconds", () => {
    expect(readInterval("0.25")).toEqual({ isOk: true, value: 250 });
    expect(readInterval("")).toEqual({ isOk: true, value: undefined });
    for (const text of ["-1", "soon", "86401"]) expect(readInterval(text).isOk).toBe(false);
  });
});

test("a JSON value may be of any kind, and has a limit in bytes", () => {
  expect(readJsonValue('{"id": 7}', 8)).toEqual({ isOk: true, value: { id: 7 } });
  expect(readJsonValue("null", 8)).toEqual({ isOk: true, value: null });
  expect(readJsonValue("  ", 8)).toEqual({ isOk: true, value: undefined });
  expect(readJsonValue('"日本"', 8)).toMatchObject({ isOk: true });
  expect(readJsonValue('"日本語"', 8)).toEqual({
    isOk: false,
    error: "at most 8 bytes, this has 11",
  });
  expect(readJsonValue("{ id: 7 }", 8)).toMatchObject({ isOk: false });
});
