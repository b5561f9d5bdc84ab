import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { openLlm } from "../../src/llm/gateway.ts";
import { describeModels } from "../../src/llm/models.ts";
import type { LlmUsage } from "../../src/model/llm-call.ts";
import { startScriptedModel } from "../support/scripted-model.ts";
import { clientOf, failure, key, prompt, settingsFor, setUp, until } from "./scripted-gateway.ts";

describe("gateway", () => {
  it("answers through the offline model, called or streamed, and counts its tokens", async () => {
    const usages: LlmUsage[] = [];
    await using gateway = openLlm({ provider: "auto", concurrency: 4, env: {} });
    const llm = clientOf(gateway, { onUsage: (usage) => usages.push(usage) });
    const first = await llm.TellJoke({ subject: "tax law", recent_jokes: [] });
    const second = await llm.TellJoke(
      { subject: "tax law", recent_jokes: [first] },
      { onPartial: () => undefined },
    );
    expect(first).toContain("tax law");
    expect(second).toContain("tax law");
    expect(second).not.toBe(first);
    expect(await llm.Ask({ prompt: "who are you?" })).toContain("not a language model");
    expect(describeModels(gateway.models)).toMatch(/^offline model, not a language model \(/);
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
    expect(describeModels(setup.gateway.models)).toMatch(
      /^openai-generic m-1 at 127\.0\.0\.1:\d+$/,
    );
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

describe("the end of a thread", () => {
  it("of an agent closes the request to the model", async () => {
    await using setup = await setUp(() => "hang");
    const holder = new Worker(new URL("./holder-thread.ts", import.meta.url));
    holder.on("message", ({ request, port }) => setup.gateway.call({ request, port }));
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
    holder.on("message", ({ request, port }) => setup.gateway.call({ request, port }));
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
    await setup.gateway.open();
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

describe("a call that waits", () => {
  it("fails with what it waits for once it has had no turn for too long", async () => {
    await using setup = await setUp(() => "hang", { concurrency: 1 }, { turnMs: 50 });
    const hanging = failure(setup.llm.Ask({ prompt }));
    await setup.model.request(0);
    const error = await failure(setup.llm.Ask({ prompt }));
    expect(error.code).toBe("LLM_TIMEOUT");
    expect(error.message).toMatch(
      /not started within 0\.\d+ s: 1 calls are waiting for an answer of/,
    );
    expect(setup.gateway.counters()).toMatchObject({ inFlight: 1, waiting: 0, refused: 1 });
    await setup.gateway.close();
    expect((await hanging).code).toBe("LLM_ABORTED");
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
    expect(describeModels(setup.gateway.models)).toContain("new");
  });

  it("does not hold up calls to another endpoint by those that hang on the old one", async () => {
    await using setup = await setUp(() => "hang", { concurrency: 1 });
    await using other = await startScriptedModel();
    const hanging = failure(setup.llm.Ask({ prompt }));
    await setup.model.request(0);
    const waiting = setup.llm.Ask({ prompt });
    await setup.gateway.reconfigure(settingsFor(other, { concurrency: 2 }));
    expect(await waiting).toBe("scripted answer number 0");
    expect(await setup.llm.Ask({ prompt })).toBe("scripted answer number 1");
    // The answer reaches the agent before the pool's end of the call reaches main.
    await until(() => setup.gateway.counters().inFlight === 1);
    expect(setup.gateway.counters()).toMatchObject({ waiting: 0 });
    await setup.gateway.close();
    expect((await hanging).code).toBe("LLM_ABORTED");
  });

  it("lets more calls go at once when more are allowed", async () => {
    await using setup = await setUp(() => "slow", { concurrency: 1 });
    const calls = [1, 2, 3].map(() => setup.llm.Ask({ prompt }));
    await setup.gateway.reconfigure(settingsFor(setup.model, { concurrency: 3 }));
    await setup.model.request(2);
    expect(setup.gateway.counters()).toMatchObject({ inFlight: 3, waiting: 0 });
    for (const request of setup.model.requests) request.release();
    await Promise.all(calls);
  });

  it("changes nothing when the new settings are invalid", async () => {
    await using setup = await setUp(() => "ok", { model: "old" });
    const before = describeModels(setup.gateway.models);
    const invalid = settingsFor(setup.model, { provider: "x" });
    const error = await failure(setup.gateway.reconfigure(invalid));
    expect(error.code).toBe("SETTING_INVALID");
    expect(describeModels(setup.gateway.models)).toBe(before);
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
    const gateway = openLlm({ provider: "offline", concurrency: 1, env: {} });
    await gateway.close();
    await gateway[Symbol.asyncDispose]();
    expect(gateway.counters()).toMatchObject({ calls: 0, inFlight: 0 });
  });
});

describe("a port with unexpected messages", () => {
  it.each([
    ["in flight", 1],
    ["waiting", 2],
  ])("still ends its call when it closes, %s", async (_, calls) => {
    await using setup = await setUp(() => "hang", { concurrency: 1 });
    const ports = Array.from({ length: calls }, () => {
      const { port1, port2 } = new MessageChannel();
      setup.gateway.call({
        request: { function: "Ask", args: { prompt }, wantsPartials: false },
        port: port2,
      });
      return port1;
    });
    const request = await setup.model.request(0);
    const [running, ...waiting] = ports;
    const drop = (port: MessagePort | undefined) => {
      port?.postMessage("garbage");
      port?.close();
    };
    waiting.forEach(drop);
    await until(() => setup.gateway.counters().waiting === 0);
    drop(running);
    await request.closedByClient;
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(setup.gateway.counters()).toMatchObject({ calls: 1, aborted: 1 });
  });

  it("fails a request that is none, and goes on", async () => {
    await using setup = await setUp(() => "ok");
    const { port1, port2 } = new MessageChannel();
    setup.gateway.call({ request: { function: 7, args: 8 } as never, port: port2 });
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
    setup.gateway.call({
      request: { function: "Ask", args: { prompt }, wantsPartials: false },
      port: port2,
    });
    await until(() => setup.gateway.counters().calls === 1);
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(await setup.llm.Ask({ prompt })).toContain("scripted answer");
  });
});
