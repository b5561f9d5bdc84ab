/** Whose fault a failing step is. */

import { expect, test } from "vitest";
import { classifyThrown } from "../../src/actor/step-fault.ts";
import { TroupeError } from "../../src/model/errors.ts";

const calm = new AbortController().signal;
const aborted = AbortSignal.abort();

test("an aborted step is not a fault, and the abort itself is not an error", () => {
  const expected = { status: "aborted", error: null };
  expect(classifyThrown(aborted.reason, aborted)).toEqual(expected);
  expect(classifyThrown(new TroupeError("LLM_ABORTED", "gone"), aborted)).toEqual(expected);
});

test("another error of an aborted step is kept", () => {
  expect(classifyThrown(new TypeError("oops"), aborted)).toMatchObject({
    status: "aborted",
    error: { code: "AGENT_STEP_FAILED", message: "oops" },
  });
});

test("a model's failure passes", () => {
  expect(classifyThrown(new TroupeError("LLM_TIMEOUT", "slow"), calm)).toMatchObject({
    status: "error",
    error: { code: "LLM_TIMEOUT" },
    cause: "model",
  });
});

test("broken BAML files are not the agent's fault, and end no thread", () => {
  expect(classifyThrown(new TroupeError("PROMPT_INVALID", "a.baml:1: x"), calm)).toMatchObject({
    status: "error",
    cause: "model",
  });
});

test("a foreign error that only names LLM_ is the agent's own", () => {
  const thrown = Object.assign(new Error("x"), { code: "LLM_TIMEOUT" });
  expect(classifyThrown(thrown, calm)).toMatchObject({
    error: { code: "AGENT_STEP_FAILED" },
    cause: "thrown",
  });
});

test("a result that cannot be stored has a cause of its own", () => {
  expect(classifyThrown(new TroupeError("AGENT_REPORT_INVALID", "x"), calm)).toMatchObject({
    status: "error",
    cause: "unstorable",
  });
});

test.each([[undefined], ["text"], [null], [new Error("x")]])(
  "anything else was thrown by the agent: %o",
  (thrown) => {
    expect(classifyThrown(thrown, calm)).toMatchObject({ status: "error", cause: "thrown" });
  },
);

test("a thrown value that cannot be read is the agent's own", () => {
  const refuse = () => {
    throw new Error("no");
  };
  const shut = new Proxy(new Error("x"), { get: refuse, getPrototypeOf: refuse });
  const odd = Object.assign(new TroupeError("INTERNAL", "x"), { code: 5, message: 6, stack: 7 });
  const expected = { status: "error", cause: "thrown" };
  expect(classifyThrown(shut, calm)).toMatchObject({
    ...expected,
    error: { code: "AGENT_STEP_FAILED" },
  });
  expect(classifyThrown(odd, calm)).toMatchObject({
    ...expected,
    error: { code: "5", message: "6" },
  });
  expect(classifyThrown(shut, aborted)).toMatchObject({ status: "aborted" });
});
