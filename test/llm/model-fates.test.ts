import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/model/error-codes.ts";
import { toErrorData } from "../../src/model/errors.ts";
import type { FateName } from "../support/scripted-model.ts";
import { failure, key, prompt, setUp, until } from "./scripted-gateway.ts";

const onPartial = () => undefined;

const fates: readonly (readonly [FateName, ErrorCode])[] = [
  ["server_error", "LLM_UNAVAILABLE"],
  ["unauthorized", "LLM_REFUSED"],
  ["broken_json", "LLM_ANSWER_INVALID"],
  ["empty", "LLM_ANSWER_INVALID"],
  ["cut", "LLM_UNAVAILABLE"],
  ["cut_clean", "LLM_ANSWER_INVALID"],
  ["length", "LLM_ANSWER_INVALID"],
  ["drop", "LLM_UNAVAILABLE"],
];

describe.each([
  ["called", {}],
  ["streamed", { onPartial }],
])("a failing model, %s", (_, options) => {
  it.each(fates)("%s fails with %s, without key or prompt in the error", async (fate, code) => {
    await using setup = await setUp(() => fate);
    const error = await failure(setup.llm.Ask({ prompt }, options));
    expect(error.code).toBe(code);
    const told = JSON.stringify(toErrorData(error)) + String(error.stack);
    expect(told).not.toContain(key);
    expect(told).not.toContain(prompt);
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(setup.gateway.counters()).toMatchObject({ calls: 1, failures: 1 });
  });

  it.each([400, 404, 422])("status %d is a refusal", async (status) => {
    await using setup = await setUp(() => ({ kind: "server_error", status }));
    const error = await failure(setup.llm.Ask({ prompt }, options));
    expect(error.code).toBe("LLM_REFUSED");
    expect(error.details).toMatchObject({ status, function: "Ask" });
    expect(error.message).toContain("it broke");
  });

  it("that limits calls is called again after the time it names", async () => {
    await using setup = await setUp((index) =>
      index === 0 ? { kind: "rate_limited", retryAfter: "1" } : "ok",
    );
    const begun = performance.now();
    expect(await setup.llm.Ask({ prompt }, options)).toBe("scripted answer number 1");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(setup.gateway.counters()).toMatchObject({ calls: 2, failures: 1 });
  });

  it("that limits calls for too long fails them with that, and with what it said", async () => {
    const limit = { kind: "rate_limited", retryAfter: "7" } as const;
    await using setup = await setUp(() => limit, {}, { turnMs: 50 });
    const error = await failure(setup.llm.Ask({ prompt }, options));
    expect(error.code).toBe("LLM_RATE_LIMITED");
    expect(error.message).toMatch(/^not started within .* answered 429: slow down$/);
    expect(setup.model.requests).toHaveLength(1);
  });

  it("that answers with half a character gives the rest of what was paid", async () => {
    const text = "one \ud83d two 😀 three \ude00";
    await using setup = await setUp(() => ({ kind: "ok", text }));
    expect(await setup.llm.Ask({ prompt }, options)).toBe("one \ufffd two 😀 three \ufffd");
  });

  it("that cuts a stream between the halves of a character gives the whole character", async () => {
    const pieces = ["one \ud83d", "\ude00", " two \ud83d", "three", " \ud83d"];
    const text = pieces.join("");
    await using setup = await setUp(() => ({ kind: "ok", text, pieces }));
    expect(await setup.llm.Ask({ prompt }, options)).toBe("one 😀 two \ufffdthree \ufffd");
  });

  it("times out", async () => {
    await using setup = await setUp(() => "hang", { timeouts: { requestMs: 80 } });
    expect((await failure(setup.llm.Ask({ prompt }, options))).code).toBe("LLM_TIMEOUT");
  });

  it("is unavailable where nobody listens", async () => {
    await using setup = await setUp(() => "ok");
    await setup.model.close();
    const error = await failure(setup.llm.Ask({ prompt }, options));
    expect(error.code).toBe("LLM_UNAVAILABLE");
    expect(error.message).toContain("connection refused");
  });

  it("is closed when the call is aborted, and the call rejects", async () => {
    await using setup = await setUp(() => "hang");
    const abort = new AbortController();
    const rejected = failure(setup.llm.Ask({ prompt }, { ...options, signal: abort.signal }));
    const request = await setup.model.request(0);
    abort.abort();
    expect((await rejected).code).toBe("LLM_ABORTED");
    await request.closedByClient;
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(setup.gateway.counters()).toMatchObject({ aborted: 1, failures: 0 });
  });
});

describe("a stream", () => {
  it("that stalls times out after its first words", async () => {
    await using setup = await setUp(() => "slow_stream", { timeouts: { idleMs: 80 } });
    const rejected = failure(setup.llm.Ask({ prompt }, { onPartial }));
    (await setup.model.request(0)).release();
    expect((await rejected).code).toBe("LLM_TIMEOUT");
  });

  it("that is aborted in the middle does not end as an answer", async () => {
    await using setup = await setUp(() => "slow_stream");
    const abort = new AbortController();
    const rejected = failure(
      setup.llm.Ask({ prompt }, { onPartial: () => abort.abort(), signal: abort.signal }),
    );
    const request = await setup.model.request(0);
    request.release();
    expect((await rejected).code).toBe("LLM_ABORTED");
    await request.closedByClient;
  });
});

describe("a wrong call", () => {
  it("of a function that is not there names those that are", async () => {
    await using setup = await setUp(() => "ok");
    const llm = setup.llm as unknown as { Nope(): Promise<unknown> };
    const error = await failure(llm.Nope());
    expect(error.code).toBe("LLM_FUNCTION_UNKNOWN");
    expect(error.message).toContain("TellJoke");
  });

  it.each([{}, { prompt: 5 }, { prompt: null }])(
    "with the arguments %j is refused",
    async (args) => {
      await using setup = await setUp(() => "ok");
      const error = await failure(setup.llm.Ask(args as { prompt: string }));
      expect(error.code).toBe("LLM_ARGUMENTS_INVALID");
      expect(error.message).toContain("prompt");
      expect(setup.model.requests).toHaveLength(0);
    },
  );
});
