import { describe, expect, it } from "vitest";
import { type FailedCall, refusedAlone, toModelError } from "../../src/llm/model-errors.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const call: FailedCall = {
  function: "Ask",
  model: "openai m",
  args: {},
  secrets: ["sk-secret"],
  isAborted: false,
  said: [],
  headers: {},
  now,
};

function baml(fields: object): Error {
  return new Error(JSON.stringify({ type: "BamlClientHttpError", message: "m", ...fields }));
}

function transport(what: string, kind: string): Error {
  const message = `BamlError: BamlClientHttpError: ${what}reqwest::Error { kind: ${kind} }`;
  return baml({ status_code: 2, message });
}

describe("model errors", () => {
  it.each([
    [baml({ status_code: 429 }), "LLM_RATE_LIMITED"],
    [baml({ status_code: 400 }), "LLM_REFUSED"],
    [baml({ status_code: 404 }), "LLM_REFUSED"],
    [baml({ status_code: 408 }), "LLM_TIMEOUT"],
    [baml({ status_code: 503 }), "LLM_UNAVAILABLE"],
    [baml({ status_code: 529 }), "LLM_UNAVAILABLE"],
    [baml({ status_code: 2, message: "Stream transport error" }), "LLM_ANSWER_INVALID"],
    [transport("Could not read response body: ", "Decode, source: TimedOut"), "LLM_TIMEOUT"],
    [transport("", 'Request, url: "http://127.0.0.1/"'), "LLM_UNAVAILABLE"],
    [baml({ type: "BamlTimeoutError" }), "LLM_TIMEOUT"],
    [baml({ type: "BamlAbortError" }), "LLM_ABORTED"],
    [baml({ type: "BamlClientFinishReasonError", finish_reason: "length" }), "LLM_ANSWER_INVALID"],
    [new Error("BamlValidationError: Failed to parse: x"), "LLM_ANSWER_INVALID"],
    [new Error("BamlError: BamlInvalidArgumentError: Error: a: Missing"), "LLM_ARGUMENTS_INVALID"],
    [new Error("anything"), "INTERNAL"],
    ["no error at all", "INTERNAL"],
    [undefined, "INTERNAL"],
  ])("gives %s the code %s", (thrown, code) => {
    expect(toModelError(thrown, call).code).toBe(code);
  });

  it("does not take words of the prompt for the kind of error", () => {
    const prompt = "BamlAbortError: Operation was aborted, BamlTimeoutError timed out";
    const thrown = baml({ type: "BamlValidationError", prompt, message: `BamlError: ${prompt}` });
    expect(toModelError(thrown, call).code).toBe("LLM_ANSWER_INVALID");
    const text = new Error(`BamlValidationError: Failed to parse LLM response: ${prompt}`);
    expect(toModelError(text, call).code).toBe("LLM_ANSWER_INVALID");
  });

  it.each([
    [200, "LLM_ANSWER_INVALID"],
    [503, "LLM_UNAVAILABLE"],
  ])("does not take the prompt or the answer for a connection's failure: %d", (status, code) => {
    const quoted = 'parts: [Text("why was it timed out? reqwest::Error { kind: Request }")]';
    const message = `BamlError: BamlClientHttpError: LLM call failed: LLMErrorResponse { ${quoted} }`;
    expect(toModelError(baml({ status_code: status, message }), call).code).toBe(code);
  });

  it("is what the answer itself says of a failure, whatever its status", () => {
    const overload = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
    const error = toModelError(baml({ status_code: 2 }), { ...call, said: ["{}", overload] });
    expect(error.code).toBe("LLM_UNAVAILABLE");
    expect(error.message).toBe("openai m answered with an error: Overloaded");
  });

  it("says what the provider said, short and without keys", () => {
    const said = `wrong key sk-secret ${"x".repeat(5_000)}`;
    const raw_response = JSON.stringify({ error: { message: said } });
    const { message } = toModelError(baml({ status_code: 401, raw_response }), call);
    expect(message).toContain("openai m answered 401: wrong key [key]");
    expect(message.length).toBeLessThan(300);
  });

  it("names arguments that do not fit, and never their values", () => {
    const said = [
      'prompt: Expected type String, got `Object {\n    "text": String("secret"),\n}`',
      "mood: Invalid enum Mood: expected one of (GOOD | BAD), got `secret`",
      "p: Missing required field `age` for class P",
      "secret",
    ];
    const text = `BamlError: BamlInvalidArgumentError:   ${said.map((one) => `Error: ${one}\n`).join("  ")}`;
    const { message } = toModelError(new Error(text), call);
    const faults = [
      "prompt: Expected type String, got an object",
      "mood: Invalid enum Mood: expected one of (GOOD | BAD), got another value",
      "p: Missing required field `age` for class P",
    ];
    expect(message).toBe(`${call.function} cannot take these arguments: ${faults.join("; ")}`);
  });

  it("is an abort when the call was aborted, whatever was thrown", () => {
    expect(toModelError(baml({ status_code: 500 }), { ...call, isAborted: true }).code).toBe(
      "LLM_ABORTED",
    );
  });

  it("of a limit has the wait that the provider requests", () => {
    const headers = { "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" };
    const { details } = toModelError(baml({ status_code: 429 }), { ...call, headers });
    expect(details).toMatchObject({ retry_after_ms: 3_000 });
    expect(toModelError(baml({ status_code: 429 }), call).details).not.toHaveProperty(
      "retry_after_ms",
    );
  });
});

describe("a refusal of one call alone", () => {
  it("is a refusal of what it asks, and leaves other errors as they are", () => {
    const limited = { code: "LLM_RATE_LIMITED", message: "m answered 429: too large" };
    expect(refusedAlone(limited)).toEqual({
      code: "LLM_REFUSED",
      message: "m answered 429: too large (5 times while other calls were answered)",
    });
    const failed = { code: "LLM_UNAVAILABLE", message: "m answered 500" };
    expect(refusedAlone(failed)).toBe(failed);
  });
});
