import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ActionRow, laneOf, parseAction } from "../../src/model/action.ts";
import { viewAction } from "../../src/model/agent-view.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { PAYLOAD_BYTES_MAX, TIME_MS_MAX } from "../../src/model/limits.ts";
import { pendingAction } from "../support/sample-rows.ts";

const good: ActionRow = pendingAction({
  id: "0192-a",
  action: "agent_interrupt",
  payload: JSON.stringify({ agent_id: "agent1", guidance: { subject: "dogs" } }),
});

function codeOf(row: Partial<ActionRow>): string {
  try {
    parseAction({ ...good, ...row });
  } catch (error) {
    return error instanceof TroupeError ? error.code : String(error);
  }
  return "no error";
}

describe("parseAction", () => {
  test("takes a good row", () => {
    expect(parseAction(good)).toMatchObject({
      action: "agent_interrupt",
      agentId: "agent1",
      payload: { guidance: { subject: "dogs" } },
    });
  });

  test("takes the agent id from the payload if the column is null", () => {
    expect(parseAction({ ...good, agent_id: null })).toMatchObject({ agentId: "agent1" });
    expect(parseAction({ ...good, agent_id: "" })).toMatchObject({ agentId: "agent1" });
  });

  test.each([
    ["an unknown action", { action: "agent_explode" }, "ACTION_UNKNOWN"],
    ["an action named like an object's own", { action: "constructor" }, "ACTION_UNKNOWN"],
    ["no agent id", { agent_id: null, payload: '{"guidance":{}}' }, "AGENT_ID_INVALID"],
    ["an agent id of 10,000 characters", { agent_id: "a".repeat(10_000) }, "AGENT_ID_INVALID"],
    ["an agent id that would be SQL", { agent_id: "' OR '1'='1" }, "AGENT_ID_INVALID"],
    ["an action id of 10,000 characters", { id: "a".repeat(10_000) }, "ACTION_MALFORMED"],
    ["an empty action id", { id: "" }, "ACTION_MALFORMED"],
    ["a payload that is no JSON", { payload: "{guidance" }, "ACTION_MALFORMED"],
    ["a payload that is no object", { payload: "[1]" }, "ACTION_MALFORMED"],
    ["a name twice", { payload: '{"guidance":{"n":1,"n":2}}' }, "ACTION_MALFORMED"],
    [
      "a number without its digits",
      { payload: '{"guidance":{"n":9007199254740993}}' },
      "ACTION_MALFORMED",
    ],
    ["a payload without what is needed", { payload: "{}" }, "ACTION_MALFORMED"],
    ["guidance that is no object", { payload: '{"guidance":"dogs"}' }, "ACTION_MALFORMED"],
    ["an unknown mode", { payload: '{"guidance":{},"mode":"later"}' }, "ACTION_MALFORMED"],
    [
      "a payload above the limit",
      { payload: JSON.stringify({ guidance: { x: "y".repeat(PAYLOAD_BYTES_MAX) } }) },
      "ACTION_MALFORMED",
    ],
    ["an actor of nobody", { actor: "" }, "ACTION_MALFORMED"],
    ["an actor of 10,000 characters", { actor: "a".repeat(10_000) }, "ACTION_MALFORMED"],
    [
      "metadata above the limit",
      { metadata: "y".repeat(PAYLOAD_BYTES_MAX + 1) },
      "ACTION_MALFORMED",
    ],
    ["metadata with a name twice", { metadata: '{"n":{"a":1,"a":2}}' }, "ACTION_MALFORMED"],
    ["metadata that would be rounded", { metadata: "[9007199254740993]" }, "ACTION_MALFORMED"],
    [
      "metadata nested too deep",
      { metadata: "[".repeat(101).padEnd(202, "]") },
      "ACTION_MALFORMED",
    ],
    ["metadata with half a character", { metadata: '"\\ud800"' }, "ACTION_MALFORMED"],
    ["metadata without an end", { metadata: '{"n":1e999}' }, "ACTION_MALFORMED"],
    ["metadata with a prototype", { metadata: '{"__proto__":{}}' }, "ACTION_MALFORMED"],
    ["a time in nanoseconds", { not_before: 1.8e18 }, "ACTION_MALFORMED"],
    ["a time before 1970", { not_before: -1 }, "ACTION_MALFORMED"],
    ["fewer attempts than none", { attempts: -(2 ** 31) }, "ACTION_MALFORMED"],
    ["the lowest number of 32 bits as urgency", { urgency: -(2 ** 31) }, "ACTION_MALFORMED"],
    [
      "guidance nested 10,000 deep",
      { payload: `{"guidance":{"a":${'{"r":'.repeat(10_000)}1${"}".repeat(10_002)}` },
      "ACTION_MALFORMED",
    ],
    ["half a character", { payload: '{"guidance":{"a":"\\ud800"}}' }, "ACTION_MALFORMED"],
    ["a number without an end", { payload: '{"guidance":{"a":1e999}}' }, "ACTION_MALFORMED"],
    ["a prototype", { payload: '{"guidance":{"__proto__":{"a":1}}}' }, "ACTION_MALFORMED"],
  ])("rejects %s", (_what, row, code) => {
    expect(codeOf(row)).toBe(code);
  });

  test.each<readonly [Partial<Record<keyof ActionRow, unknown>>]>([
    [{ id: "x".repeat(128) }],
    [{ actor: "x".repeat(256) }],
    [{ not_before: TIME_MS_MAX }],
    [{ metadata: "x".repeat(PAYLOAD_BYTES_MAX) }],
    [{ metadata: "" }],
    [{ metadata: "null" }],
    [{ metadata: "[1]" }],
    [{ payload: good.payload.padEnd(PAYLOAD_BYTES_MAX) }],
  ])("takes what is just within its bounds (%#)", (row) => {
    expect(codeOf(row as Partial<ActionRow>)).toBe("no error");
  });

  test.each<readonly [Partial<Record<keyof ActionRow, unknown>>, string | RegExp]>([
    [{ action: "agent_leap" }, /^action must be one of .*agent_pause, .*, got "agent_leap"$/],
    [{ id: null }, "id must have 1 to 128 characters, got null"],
    [{ actor: "" }, 'actor must have 1 to 256 characters, got ""'],
    [
      { not_before: TIME_MS_MAX + 1 },
      "not_before must be a whole number from 0 to 8640000000000000, got 8640000000000001",
    ],
    [
      { not_before: 1_900_000_000 },
      "not_before must be in milliseconds since the epoch, got 1900000000, which are seconds",
    ],
    [{ metadata: "x".repeat(262_145) }, "metadata must be at most 262144 bytes, got 262145"],
    [
      { payload: good.payload.padEnd(262_145) },
      "payload must be at most 262144 bytes, got a text of 262145 characters",
    ],
    [{ payload: "[1]" }, "payload must be a JSON object, got a text of 3 characters"],
    [{ payload: "{" }, "payload must be JSON text, got a text of 1 characters"],
    [
      { payload: '{"guidance":{},"mode":"later"}' },
      /^payload of agent_interrupt: mode .*, got {"guidance":{},"mode":"later"}$/,
    ],
    [{ payload: "{}" }, 'payload of agent_interrupt must have "guidance", got {}'],
    [
      { payload: '{"guidance":{"n":1e999}}' },
      /^payload of agent_interrupt: guidance\.n must be finite, got Infinity$/,
    ],
  ])("says what was expected and what came (%#)", (row, message) => {
    expect(() => parseAction({ ...good, ...(row as Partial<ActionRow>) })).toThrow(message);
  });

  test("takes no agent for an action that is about none", () => {
    const reload = { ...good, action: "environment_reload", payload: "{}" };
    for (const agent_id of [null, "agent1", "' OR '1'='1"]) {
      expect(parseAction({ ...reload, agent_id })).not.toHaveProperty("agentId");
    }
  });

  test("names the place of a value that is out of bounds", () => {
    const payload = `{"guidance":{"a":${'{"r":'.repeat(200)}1${"}".repeat(202)}`;
    const place = "payload of agent_interrupt: guidance.a.r.r.r.r.r… is nested deeper than 100";
    expect(() => parseAction({ ...good, payload })).toThrow(place);
  });

  test("shows a value that is out of bounds as its text", () => {
    const payload = `${"[".repeat(500)}${"]".repeat(500)}`;
    const metadata = '{"a":"\\ud800"}';
    expect(viewAction({ ...good, payload, metadata })).toMatchObject({ payload, metadata });
    expect(viewAction({ ...good, metadata: '{"a":"\\ud83d\\ude00"}' }).metadata).toEqual({
      a: "😀",
    });
  });

  test("shows text of which a value would lose something as it is", () => {
    const payload = '{"agent_id":"a","agent_id":"b"}';
    const metadata = '{"n":12345678901234567890}';
    expect(viewAction({ ...good, payload, metadata })).toMatchObject({ payload, metadata });
  });

  test("names the fault of a payload", () => {
    const payload = '{"guidance":{},"mode":"later"}';
    expect(() => parseAction({ ...good, payload })).toThrow(/agent_interrupt.*mode/);
  });

  test("shows no config in the fault of a payload", () => {
    const texts = [
      '{"config":{"key":"sk-1"},"agent_type":5}',
      '{"config":"sk-1"}',
      '{"config":{"key":"sk-1"}',
      '["sk-1"]',
    ];
    for (const payload of texts) {
      const parse = () => parseAction({ ...good, action: "create_agent", payload });
      expect(parse).toThrow(/^payload .*, got /);
      expect(parse).not.toThrow("sk-1");
    }
  });

  test("throws only coded errors for any row", () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom("create_agent", "agent_pause"),
    );
    fc.assert(
      fc.property(
        anyText,
        fc.option(anyText),
        anyText,
        anyText,
        (action, agent_id, payload, id) => {
          const row = { ...good, action, agent_id, payload, id };
          expect(typeof laneOf(row)).toBe("string");
          expect(codeOf(row)).toMatch(/^(no error|ACTION_[A-Z]+|AGENT_ID_INVALID)$/);
        },
      ),
    );
  });
});

describe("laneOf", () => {
  test("is the same with the agent's id in the column or only in the payload", () => {
    expect(laneOf({ ...good, agent_id: null })).toBe(laneOf(good));
    expect(laneOf({ ...good, agent_id: "" })).toBe(laneOf(good));
    expect(laneOf({ ...good, agent_id: "agent2" })).toBe("agent2");
  });

  test("is one for all actions of the environment, and no agent's", () => {
    const reload = { ...good, action: "environment_reload" };
    const lane = laneOf(reload);
    expect(laneOf({ ...reload, agent_id: null, payload: "{}" })).toBe(lane);
    expect(codeOf({ agent_id: lane })).toBe("AGENT_ID_INVALID");
  });

  test("keeps apart rows that name no agent", () => {
    const rows = ["a", "b"].map((id) => ({ ...good, id, agent_id: null, payload: "?" }));
    expect(new Set(rows.map(laneOf)).size).toBe(2);
  });
});
