import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { createLlm, type Llm, type LlmClientOptions } from "../../src/actor/llm-client.ts";
import { type LlmGateway, type LlmOptions, openLlm } from "../../src/llm/gateway.ts";
import type { LlmSettings } from "../../src/llm/providers.ts";
import { type ErrorCode, TroupeError, toErrorData } from "../../src/model/errors.ts";
import type { LlmUsage } from "../../src/model/llm-call.ts";
import {
  type Fate,
  type FateName,
  type ScriptedModel,
  startScriptedModel,
} from "../support/scripted-model.ts";

const key = "sk-the-secret-key";
const prompt = "a prompt that nobody must find in a message";

function settingsFor(model: ScriptedModel, more: Partial<LlmSettings> = {}): LlmSettings {
  const env = { OPENAI_API_KEY: key };
  return { provider: "openai-generic", baseUrl: model.baseUrl, concurrency: 8, env, ...more };
}

interface Setup extends AsyncDisposable {
  readonly model: ScriptedModel;
  readonly gateway: LlmGateway;
  readonly llm: Llm;
}

/** A scripted model, a gateway to it and a client of that. */
async function setUp(
  answer: (index: number) => Fate,
  more: Partial<LlmSettings> = {},
  options: LlmOptions & LlmClientOptions = {},
): Promise<Setup> {
  const model = await startScriptedModel({ answer: ({ index }) => answer(index) });
  const gateway = await openLlm(settingsFor(model, more), options);
  return {
    model,
    gateway,
    llm: clientOf(gateway, options),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await model.close();
    },
  };
}

function clientOf(gateway: LlmGateway, options: LlmClientOptions = {}): Llm {
  return createLlm((request, port) => gateway.call(request, port), options);
}

async function failure(call: Promise<unknown>): Promise<TroupeError> {
  const thrown = await call.then(
    (value) => `answered ${String(value)}`,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TroupeError);
  return thrown as TroupeError;
}

/** Turns the event loop until it holds; the test's own time limit ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const onPartial = () => undefined;

describe("gateway", () => {
  it("answers through the offline model, called or streamed, and counts its tokens", async () => {
    const usages: LlmUsage[] = [];
    await using gateway = await openLlm({ provider: "auto", concurrency: 4, env: {} });
    const llm = clientOf(gateway, { onUsage: (usage) => usages.push(usage) });
    const first = await llm.TellJoke({ subject: "tax law", recent_jokes: [] });
    const second = await llm.TellJoke({ subject: "tax law", recent_jokes: [first] }, { onPartial });
    expect(first).toContain("tax law");
    expect(second).toContain("tax law");
    expect(second).not.toBe(first);
    expect(await llm.Ask({ prompt: "who are you?" })).toContain("no language model");
    expect(gateway.describe()).toMatch(/^offline model, no language model \(/);
    expect(usages.map(({ model }) => model)).toEqual(["offline", "offline", "offline"]);
    expect(usages.every((usage) => (usage.output_tokens ?? 0) > 0)).toBe(true);
  });

  it("sends key, model, system prompt and prompt, and hands back answer and usage", async () => {
    const usages: LlmUsage[] = [];
    await using setup = await setUp(
      () => ({ kind: "ok", text: "fine" }),
      { model: "m-1" },
      {
        onUsage: (usage) => usages.push(usage),
      },
    );
    expect(await setup.llm.Ask({ prompt: "how?", system: "be brief" })).toBe("fine");
    const [request] = setup.model.requests;
    expect(request?.headers.authorization).toBe(`Bearer ${key}`);
    expect(request?.model).toBe("m-1");
    expect(request?.messages).toEqual([
      { role: "system", text: "be brief" },
      { role: "user", text: "how?" },
    ]);
    expect(usages).toEqual([{ model: "m-1", input_tokens: 11, output_tokens: 7 }]);
    expect(setup.gateway.describe()).toMatch(/^openai-generic m-1 at 127\.0\.0\.1:\d+$/);
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(setup.gateway.counters()).toMatchObject({ calls: 1, inputTokens: 11, outputTokens: 7 });
  });

  it("posts the answer as it grows", async () => {
    await using setup = await setUp(() => ({ kind: "slow_stream", text: "one two three" }));
    const partials = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let seen = 0;
    const answer = setup.llm.Ask(
      { prompt },
      { onPartial: (partial) => partials[seen++]?.resolve(partial) },
    );
    const request = await setup.model.request(0);
    request.release();
    expect(await partials[0]?.promise).toBe("one");
    request.release();
    expect(await partials[1]?.promise).toBe("one two");
    request.release();
    expect(await answer).toBe("one two three");
  });
});

const fates: readonly (readonly [FateName, ErrorCode])[] = [
  ["rate_limited", "LLM_RATE_LIMITED"],
  ["server_error", "LLM_UNAVAILABLE"],
  ["unauthorized", "LLM_REFUSED"],
  ["broken_json", "LLM_ANSWER_INVALID"],
  ["empty", "LLM_ANSWER_INVALID"],
  ["cut", "LLM_ANSWER_INVALID"],
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

  it("says how long a rate limit lasts", async () => {
    await using setup = await setUp(() => ({ kind: "rate_limited", retryAfter: "7" }));
    const error = await failure(setup.llm.Ask({ prompt }, options));
    expect(error.details).toMatchObject({ retry_after_ms: 7_000 });
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

describe("the end of a thread", () => {
  it("of an agent closes the request to the model", async () => {
    await using setup = await setUp(() => "hang");
    const holder = new Worker(new URL("./holder-thread.ts", import.meta.url));
    holder.on("message", ({ request, port }) => setup.gateway.call(request, port));
    const request = await setup.model.request(0);
    await holder.terminate();
    await request.closedByClient;
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(setup.gateway.counters()).toMatchObject({ aborted: 1 });
  });

  it("of an agent takes its waiting call out of the queue", async () => {
    await using setup = await setUp(() => "slow", { concurrency: 1 });
    const first = setup.llm.Ask({ prompt: "first" });
    const holder = new Worker(new URL("./holder-thread.ts", import.meta.url));
    holder.on("message", ({ request, port }) => setup.gateway.call(request, port));
    await until(() => setup.gateway.counters().waiting === 1);
    await holder.terminate();
    await until(() => setup.gateway.counters().waiting === 0);
    (await setup.model.request(0)).release();
    await first;
    expect(setup.model.requests).toHaveLength(1);
  });

  it("of the pool fails its calls, and later ones are answered", async () => {
    const threads: Worker[] = [];
    const collect = (worker: Worker) => threads.push(worker);
    process.on("worker", collect);
    await using setup = await setUp((index) => (index === 0 ? "hang" : "ok"));
    process.off("worker", collect);
    const rejected = failure(setup.llm.Ask({ prompt }));
    await setup.model.request(0);
    await Promise.all(threads.map((thread) => thread.terminate()));
    expect((await rejected).code).toBe("LLM_UNAVAILABLE");
    expect(await setup.llm.Ask({ prompt })).toBe("scripted answer number 1");
  });
});

describe("the queue", () => {
  it("keeps to the calls in flight that are allowed", async () => {
    await using setup = await setUp(() => "slow", { concurrency: 2 });
    const answers = Array.from({ length: 7 }, () => setup.llm.Ask({ prompt }));
    expect(setup.gateway.counters()).toMatchObject({ inFlight: 2, waiting: 5 });
    await setup.model.request(1);
    for (const index of answers.keys()) (await setup.model.request(index)).release();
    await Promise.all(answers);
    expect(setup.model.inFlightMax).toBe(2);
  });

  it("keeps the order", async () => {
    await using setup = await setUp(() => "ok", { concurrency: 1 });
    const prompts = Array.from({ length: 7 }, (_, index) => `prompt ${index}`);
    await Promise.all(prompts.map((text) => setup.llm.Ask({ prompt: text })));
    expect(setup.model.requests.map((request) => request.prompt)).toEqual(prompts);
  });

  it("drops a waiting call that is aborted, without a request", async () => {
    await using setup = await setUp(() => "slow", { concurrency: 1 });
    const first = setup.llm.Ask({ prompt: "first" });
    const abort = new AbortController();
    const second = failure(setup.llm.Ask({ prompt: "second" }, { signal: abort.signal }));
    const third = setup.llm.Ask({ prompt: "third" });
    abort.abort();
    expect((await second).code).toBe("LLM_ABORTED");
    await until(() => setup.gateway.counters().waiting === 1);
    (await setup.model.request(0)).release();
    (await setup.model.request(1)).release();
    await Promise.all([first, third]);
    expect(setup.model.requests.map((request) => request.prompt)).toEqual(["first", "third"]);
  });

  it("refuses a call beyond its limit", async () => {
    await using setup = await setUp(() => "slow", { concurrency: 1 }, { waitingMax: 1 });
    const calls = [setup.llm.Ask({ prompt }), setup.llm.Ask({ prompt })];
    const error = await failure(setup.llm.Ask({ prompt }));
    expect(error.code).toBe("LLM_LIMIT");
    expect(setup.gateway.counters().refused).toBe(1);
    (await setup.model.request(0)).release();
    (await setup.model.request(1)).release();
    await Promise.all(calls);
  });
});

describe("reconfigure", () => {
  it("leaves running calls as they are and makes the next with the new settings", async () => {
    await using setup = await setUp(() => "slow", { model: "old" });
    await using other = await startScriptedModel();
    const running = setup.llm.Ask({ prompt: "before" });
    const request = await setup.model.request(0);
    await setup.gateway.reconfigure(settingsFor(other, { model: "new" }));
    expect(await setup.llm.Ask({ prompt: "after" })).toBe("scripted answer number 0");
    request.release();
    expect(await running).toBe("scripted answer number 0");
    expect(other.requests.map(({ model, prompt: text }) => [model, text])).toEqual([
      ["new", "after"],
    ]);
    expect(setup.model.requests).toHaveLength(1);
    expect(setup.gateway.describe()).toContain("new");
  });

  it("lets more calls go at once when more are allowed", async () => {
    await using setup = await setUp(() => "slow", { concurrency: 1 });
    const calls = [1, 2, 3].map(() => setup.llm.Ask({ prompt }));
    await setup.gateway.reconfigure(settingsFor(setup.model, { concurrency: 3 }));
    await setup.model.request(2);
    for (const request of setup.model.requests) request.release();
    await Promise.all(calls);
  });

  it("changes nothing when the new settings are invalid", async () => {
    await using setup = await setUp(() => "ok", { model: "old" });
    const before = setup.gateway.describe();
    const error = await failure(
      setup.gateway.reconfigure(settingsFor(setup.model, { provider: "x" })),
    );
    expect(error.code).toBe("SETTING_INVALID");
    expect(setup.gateway.describe()).toBe(before);
    expect(await setup.llm.Ask({ prompt })).toBe("scripted answer number 0");
  });
});

describe("close", () => {
  it("ends running calls with their requests, and waiting ones without", async () => {
    await using setup = await setUp(() => "hang", { concurrency: 1 });
    const running = failure(setup.llm.Ask({ prompt }));
    const waiting = failure(setup.llm.Ask({ prompt }));
    const request = await setup.model.request(0);
    await setup.gateway.close();
    await request.closedByClient;
    expect((await running).code).toBe("LLM_ABORTED");
    expect((await waiting).code).toBe("LLM_UNAVAILABLE");
    expect((await failure(setup.llm.Ask({ prompt }))).code).toBe("LLM_UNAVAILABLE");
    expect(setup.model.requests).toHaveLength(1);
  });

  it("before the first call is over at once", async () => {
    const gateway = await openLlm({ provider: "offline", concurrency: 1, env: {} });
    await gateway.close();
    await gateway[Symbol.asyncDispose]();
    expect(gateway.counters()).toMatchObject({ calls: 0, inFlight: 0 });
  });
});

describe("a port with messages that nobody expects", () => {
  it.each([
    ["in flight", 1],
    ["waiting", 2],
  ])("still ends its call when it closes, %s", async (_, calls) => {
    await using setup = await setUp(() => "hang", { concurrency: 1 });
    const ports = Array.from({ length: calls }, () => {
      const { port1, port2 } = new MessageChannel();
      setup.gateway.call({ function: "Ask", args: { prompt }, wantsPartials: false }, port2);
      return port1;
    });
    const request = await setup.model.request(0);
    for (const port of ports.toReversed()) {
      port.postMessage("garbage");
      port.close();
    }
    await request.closedByClient;
    await until(() => setup.gateway.counters().inFlight + setup.gateway.counters().waiting === 0);
    expect(setup.gateway.counters()).toMatchObject({ calls: 1, aborted: 1 });
  });

  it("fails a request that is none, and goes on", async () => {
    await using setup = await setUp(() => "ok");
    const { port1, port2 } = new MessageChannel();
    setup.gateway.call({ function: 7, args: 8 } as never, port2);
    const [reply] = await once(port1, "message");
    expect(reply).toMatchObject({ kind: "failed", error: { code: "LLM_FUNCTION_UNKNOWN" } });
    expect(await setup.llm.Ask({ prompt })).toContain("scripted answer");
  });
});

describe("a port that is closed already", () => {
  it("costs no more than a call that ends", async () => {
    await using setup = await setUp(() => "ok");
    const { port1, port2 } = new MessageChannel();
    port1.close();
    setup.gateway.call({ function: "Ask", args: { prompt }, wantsPartials: false }, port2);
    await until(() => setup.gateway.counters().calls === 1);
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(await setup.llm.Ask({ prompt })).toContain("scripted answer");
  });
});
