/** What a thread may send, and what becomes of the rest. */

import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EffectReport, EndedCall, Report, StepReport } from "../../src/boundary/protocol.ts";
import { parseReport } from "../../src/boundary/report-check.ts";
import { EFFECT_KEY_CHARS_MAX, EFFECT_VALUE_BYTES_MAX } from "../../src/model/effect-states.ts";
import {
  CONTEXT_BYTES_MAX,
  GUIDANCE_ENTRIES_MAX,
  RESULT_BYTES_MAX,
} from "../../src/model/limits.ts";

const step: StepReport = {
  kind: "step",
  iteration: 1,
  status: "ok",
  subject: "cats",
  result: "a joke",
  error: null,
  usage: { model: "m", input_tokens: 1, output_tokens: null },
  startedAt: 1,
  endedAt: 2,
  contextJson: '{"n":1}',
  currentSubject: null,
  guidanceUsed: ["a"],
  next: null,
};
const error = { code: "AGENT_STEP_FAILED", message: "oops", stack: "at", details: { a: 1 } };
const call: EndedCall = {
  call: 1,
  valueJson: '"a joke"',
  error: null,
  usage: { model: "m", input_tokens: 1, output_tokens: null },
  startedAt: 1,
  endedAt: 2,
};
const effect: EffectReport = {
  kind: "effect",
  nth: 1,
  effect: 1,
  iteration: 1,
  turn: 0,
  key: "order",
  state: "done",
  valueJson: '{"n":1}',
  error: null,
  startedAt: 1,
  endedAt: 2,
};
const invalid = expect.objectContaining({ code: "AGENT_REPORT_INVALID" });

const good: readonly Report[] = [
  { kind: "ready" },
  { kind: "settled", desiredVersion: 3 },
  { kind: "taken", iteration: 1, guidance: ["a", "b"] },
  step,
  { ...step, status: "error", result: null, error, usage: null, contextJson: null },
  { ...step, next: 1_790_000_000_000 },
  { ...step, next: "guidance" },
  { kind: "progress", iteration: 1, text: "page 3 of 9", fraction: 0.33, at: 1_790_000_000_000 },
  { kind: "progress", iteration: 1, text: "", fraction: null, at: 1_790_000_000_000 },
  { kind: "log", level: "info", message: "x", fields: { a: [1] } },
  { kind: "ended", reason: "finished" },
  { kind: "ended", reason: "rested" },
  { kind: "failed", phase: "load", error },
  { ...step, calls: [call] },
  { kind: "calls", nth: 1, calls: [call, { ...call, valueJson: null, error, usage: null }] },
  effect,
  { ...effect, state: "failed", valueJson: null, error, endedAt: null },
  { kind: "recall", key: null },
  { kind: "recall", key: "k".repeat(EFFECT_KEY_CHARS_MAX) },
  { kind: "ask", effect: 7 },
  { kind: "ask", effect: "id" },
  { kind: "answer", message: { id: "1", type: "RAW", value: "half \ud83d" } },
];

test.each(good)("a report of kind $kind passes as it is", (report) => {
  expect(parseReport(structuredClone(report))).toEqual(report);
});

test("a model call passes with its port, and not without", () => {
  const { port1 } = new MessageChannel();
  const request = { function: "Ask", args: { prompt: "?" }, wantsPartials: false };
  const call = { kind: "llm", request, port: port1, call: 1, iteration: null, isFresh: false };
  expect(parseReport(call)).toEqual(call);
  expect(() => parseReport({ ...call, port: {} })).toThrow(invalid);
  const halves = { ...request, args: { prompt: "half \ud83d" } };
  expect(parseReport({ ...call, request: halves })).toEqual({ ...call, request: halves });
  const deep = JSON.parse(`${"[".repeat(101)}${"]".repeat(101)}`) as unknown;
  const tooDeep = { ...request, args: { deep } };
  expect(() => parseReport({ ...call, request: tooDeep })).toThrow(/^arguments\..* nested deeper/);
  port1.close();
});

test.each([
  [undefined],
  [null],
  ["ready"],
  [{}],
  [{ kind: "toString" }],
  [{ kind: "ready", more: 1 }],
  [{ kind: "settled", desiredVersion: -1 }],
  [{ kind: "taken", iteration: 0, guidance: [] }],
  [{ ...step, iteration: 0.5 }],
  [{ ...step, startedAt: Number.NaN }],
  [{ ...step, startedAt: 1e300 }],
  [{ ...step, endedAt: -1 }],
  [{ ...step, next: undefined }],
  [{ ...step, next: 0.5 }],
  [{ ...step, next: 8_640_000_000_000_001 }],
  [{ ...step, next: "noon" }],
  [{ ...step, endedAt: 8_640_000_000_000_001 }],
  [{ ...step, iteration: 1e300 }],
  [{ ...step, usage: { model: null, input_tokens: 1e300, output_tokens: null } }],
  [{ kind: "settled", desiredVersion: 2 ** 53 }],
  [{ ...step, contextJson: `${"[".repeat(101)}${"]".repeat(101)}` }],
  [{ ...step, contextJson: '{"n":1e999}' }],
  [{ ...step, status: "fine" }],
  [{ ...step, result: 3 }],
  [{ ...step, subject: "x".repeat(2_001) }],
  [{ ...step, guidanceUsed: Array.from({ length: GUIDANCE_ENTRIES_MAX + 1 }, () => "a") }],
  [{ ...step, guidanceFailed: [1] }],
  [{ ...step, contextJson: "{" }],
  [{ ...step, contextJson: JSON.stringify("x".repeat(CONTEXT_BYTES_MAX)) }],
  [{ ...step, contextJson: JSON.stringify("€".repeat(CONTEXT_BYTES_MAX / 2)) }],
  [{ kind: "progress", iteration: 1, text: "x".repeat(201), fraction: null, at: 1 }],
  [{ kind: "progress", iteration: 1, text: "x", fraction: 1.1, at: 1 }],
  [{ kind: "progress", iteration: 1, text: "x", at: 1 }],
  [{ kind: "log", level: "fatal", message: "x" }],
  [{ kind: "log", level: "info", message: "x".repeat(4_001) }],
  [{ kind: "failed", phase: "later", error }],
  [{ kind: "ended", reason: "tired" }],
  [{ kind: "calls", nth: 2 ** 31, calls: [] }],
  [{ kind: "calls", nth: 1, calls: [{ ...call, call: -1 }] }],
  [{ kind: "calls", nth: 1, calls: [{ ...call, more: 1 }] }],
  [{ kind: "calls", nth: 1, calls: [{ ...call, valueJson: "{" }] }],
  [{ ...step, calls: [{ ...call, valueJson: "{" }] }],
  [{ ...effect, key: "" }],
  [{ ...effect, key: "k".repeat(EFFECT_KEY_CHARS_MAX + 1) }],
  [{ ...effect, state: "begun" }],
  [{ ...effect, valueJson: `${"[".repeat(101)}${"]".repeat(101)}` }],
  [{ kind: "recall", key: "" }],
  [{ kind: "ask", effect: -1 }],
  [{ kind: "answer", message: "x".repeat(32_000) }],
  [{ kind: "answer", message: new Map() }],
])("what no thread of ours sends is refused: %j", (message) => {
  expect(() => parseReport(message)).toThrow(invalid);
});

test("any message is a report or AGENT_REPORT_INVALID", () => {
  const kinds = fc.constantFrom(
    "ready",
    "settled",
    "step",
    "progress",
    "llm",
    "log",
    "ended",
    "failed",
  );
  const messages = fc.oneof(fc.anything(), fc.record({ kind: kinds, error: fc.anything() }));
  fc.assert(
    fc.property(messages, (message) => {
      try {
        expect(good.map(({ kind }) => kind)).toContain(parseReport(message).kind);
      } catch (thrown) {
        expect(thrown).toEqual(invalid);
      }
    }),
  );
});

test.each([
  [{ ...step, iteration: "1" }, "report of kind step: iteration must be integer"],
  [
    { ...step, usage: { ...step.usage, input_tokens: -1 } },
    "report of kind step: usage.input_tokens must",
  ],
  [{ kind: "settled" }, "report of kind settled: report must have required properties"],
  [{ kind: "boo" }, "kind must be one of answer, ready, settled"],
  [{ ...step, contextJson: "{" }, 'context must be JSON text, got "{"'],
  [{ ...step, contextJson: "[1e999]" }, "context.0 must be finite, got Infinity"],
  [
    { ...step, contextJson: JSON.stringify("€".repeat(CONTEXT_BYTES_MAX / 2)) },
    `context must be at most ${CONTEXT_BYTES_MAX} bytes of JSON, got ${1.5 * CONTEXT_BYTES_MAX + 2}`,
  ],
  [{ ...effect, valueJson: "{" }, "value must be JSON text"],
  [{ ...effect, valueJson: "[1e999]" }, "value.0 must be finite, got Infinity"],
  [
    { ...effect, valueJson: JSON.stringify("€".repeat(EFFECT_VALUE_BYTES_MAX / 2)) },
    `value must be at most ${EFFECT_VALUE_BYTES_MAX} bytes of JSON`,
  ],
  [{ kind: "answer", message: [() => 1] }, "answer.0 must be JSON data, got function"],
])("the message names the report, the place and what came: %#", (message, text) => {
  expect(() => parseReport(message)).toThrow(text);
});

test("a value that is longer once it is encoded again is refused by its stored length", () => {
  const numbers = (count: number) => `[${Array.from({ length: count }, () => "1e20").join(",")}]`;
  const bytesOfOne = "100000000000000000000,".length;
  const fits = Math.floor((EFFECT_VALUE_BYTES_MAX - 1) / bytesOfOne);
  const parsed = parseReport({ ...effect, valueJson: numbers(fits) }) as EffectReport;
  expect(parsed.valueJson).toHaveLength(fits * bytesOfOne + 1);
  expect(() => parseReport({ ...effect, valueJson: numbers(fits + 1) })).toThrow(invalid);
});

test("a long result is cut", () => {
  const parsed = parseReport({ ...step, result: "x".repeat(RESULT_BYTES_MAX * 2) }) as StepReport;
  expect(parsed.result).toHaveLength(RESULT_BYTES_MAX - 2); // the note has one letter of three bytes
  expect(parsed.result).toMatch(/\(cut, 131072 bytes\)$/);
});

test.each([[{ n: 1n }], [{ text: "x".repeat(20_000) }], [{ text: '"'.repeat(9_000) }]])(
  "details and fields that cannot be stored are left out",
  (unstorable) => {
    const { details: _details, ...bare } = error;
    const badError = { ...error, details: unstorable };
    expect(parseReport({ ...step, error: badError })).toEqual({ ...step, error: bare });
    expect(parseReport({ kind: "failed", phase: "step", error: badError })).toEqual({
      kind: "failed",
      phase: "step",
      error: bare,
    });
    const line = { kind: "log", level: "info", message: "x" };
    expect(parseReport({ ...line, fields: unstorable })).toEqual(line);
  },
);

test("text that an agent wrote is made well-formed, wherever it goes", () => {
  const half = "half \ud83d";
  const whole = "half \ufffd";
  const badError = { code: half, message: half, stack: half, details: { [half]: [half] } };
  const parsed = parseReport({
    ...step,
    subject: half,
    result: half,
    currentSubject: half,
    error: badError,
    contextJson: JSON.stringify({ [half]: half }),
    usage: { model: half, input_tokens: 1, output_tokens: 1 },
  });
  expect(parsed).toMatchObject({
    subject: whole,
    result: whole,
    currentSubject: whole,
    contextJson: JSON.stringify({ [whole]: whole }),
    error: { code: whole, message: whole, stack: whole, details: { [whole]: [whole] } },
    usage: { model: whole },
  });
  expect(JSON.stringify(parsed)).not.toMatch(/\\ud[89a-f]/);
});

test("so is the text of progress, effects and model calls", () => {
  const half = "half \ud83d";
  const whole = "half \ufffd";
  const valueJson = JSON.stringify({ [half]: half });
  const wholeJson = JSON.stringify({ [whole]: whole });
  const badError = { code: half, message: half };
  const wholeError = { code: whole, message: whole };
  const progress = { kind: "progress", iteration: 1, text: half, fraction: null, at: 1 };
  expect(parseReport(progress)).toEqual({ ...progress, text: whole });
  expect(parseReport({ ...effect, key: half, valueJson, error: badError })).toEqual({
    ...effect,
    key: whole,
    valueJson: wholeJson,
    error: wholeError,
  });
  const usage = { model: half, input_tokens: 1, output_tokens: 1 };
  const calls = [{ ...call, valueJson, error: badError, usage }];
  const wholeUsage = { ...usage, model: whole };
  const wholeCalls = [{ ...call, valueJson: wholeJson, error: wholeError, usage: wholeUsage }];
  expect(parseReport({ kind: "calls", nth: 1, calls })).toMatchObject({ calls: wholeCalls });
  expect(parseReport({ ...step, calls })).toMatchObject({ calls: wholeCalls });
});

test("a context is stored as its value reads: a key that comes twice hides nothing", () => {
  const deep = "[".repeat(500) + "]".repeat(500);
  const forged = { ...step, contextJson: ` {"a":${deep},"b":"\\uD800","b":1,"a":2}` };
  expect(parseReport(forged)).toMatchObject({ contextJson: '{"a":2,"b":1}' });
  const long = `[${Array.from({ length: CONTEXT_BYTES_MAX / 8 }, () => "1e20").join(",")}]`;
  expect(() => parseReport({ ...step, contextJson: long })).toThrow("bytes of JSON");
  const longest = JSON.stringify("x".repeat(CONTEXT_BYTES_MAX - 2));
  expect(parseReport({ ...step, contextJson: longest })).toMatchObject({ contextJson: longest });
  const hidden = `{"a":"${"€".repeat(CONTEXT_BYTES_MAX / 2)}","a":1}`;
  expect(() => parseReport({ ...step, contextJson: hidden })).toThrow("bytes of JSON");
});

test("details that are shared many times over are left out, and read no further than they may be", () => {
  let shared: unknown = 1;
  for (let n = 0; n < 60; n += 1) shared = { a: shared, b: shared };
  const { details: _details, ...bare } = error;
  const badError = { ...error, details: { shared } };
  expect(parseReport({ kind: "failed", phase: "step", error: badError })).toEqual({
    kind: "failed",
    phase: "step",
    error: bare,
  });
});
