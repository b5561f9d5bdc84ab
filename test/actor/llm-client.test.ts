import { getEventListeners } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { describe, expect, expectTypeOf, it } from "vitest";
import { createLlm, type LlmClientOptions } from "../../src/actor/llm-client.ts";
import type { Llm } from "../../src/agents/llm.ts";
import { TroupeError } from "../../src/model/errors.ts";
import type { LlmReply, LlmRequest, LlmUsage } from "../../src/model/llm-call.ts";

const usage: LlmUsage = { model: "m", input_tokens: 1, output_tokens: 2 };
const args = { subject: "cats", recent_jokes: ["one"] } as const;

interface Call {
  readonly request: LlmRequest;
  readonly port: MessagePort;
}

/** A client whose calls end up in a list, to be answered by the test as the pool would. */
function setUp(options: LlmClientOptions = {}): { llm: Llm; calls: Call[] } {
  const calls: Call[] = [];
  const llm = createLlm((request, port) => {
    // As when it is posted to another thread.
    calls.push({ request: structuredClone(request), port });
  }, options);
  return { llm, calls };
}

function reply(call: Call | undefined, ...replies: readonly LlmReply[]): void {
  for (const one of replies) call?.port.postMessage(one);
  call?.port.close();
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => `answered ${String(value)}`,
    (error: unknown) => error,
  );
}

async function closed(port: MessagePort | undefined): Promise<void> {
  await new Promise<void>((resolve) => port?.on("close", () => resolve()));
}

describe("llm client", () => {
  it("sends name and arguments, and gives back the answer", async () => {
    const { llm, calls } = setUp();
    const answer = llm.TellJoke(args);
    expect(calls[0]?.request).toEqual({ function: "TellJoke", args, wantsPartials: false });
    reply(calls[0], { kind: "done", value: "ha", usage });
    expect(await answer).toBe("ha");
  });

  it.each([
    [{ modle: "strong" }, "has no option modle; known are model, signal, onPartial, fresh"],
    [{ model: null }, "takes text as model, got null"],
    [{ signal: {} }, "takes an AbortSignal as signal, got object"],
    [{ onPartial: "x" }, "takes a function as onPartial, got string"],
    [{ fresh: 1 }, "takes true or false as fresh, got number"],
    [null, "takes its options as an object, got null"],
    ["strong", "takes its options as an object, got string"],
  ])("refuses the options %j and sends nothing", async (options, message) => {
    const { llm, calls } = setUp();
    expect(await failure(llm.TellJoke(args, options as never))).toMatchObject({
      code: "LLM_ARGUMENTS_INVALID",
      message: `ctx.llm.TellJoke ${message}`,
    });
    expect(calls).toEqual([]);
    const answer = llm.TellJoke(args, { model: undefined } as never);
    reply(calls[0], { kind: "done", value: "ha", usage });
    expect(await answer).toBe("ha");
  });

  it.each([
    ["hello", "string"],
    [["hello"], "an array"],
    [null, "null"],
    [7, "number"],
  ])("refuses %j as arguments and sends nothing", async (wrong, kind) => {
    const { llm, calls } = setUp();
    expect(await failure(llm.Ask(wrong as never))).toMatchObject({
      code: "LLM_ARGUMENTS_INVALID",
      message: `ctx.llm.Ask takes its arguments by name, as an object, got ${kind}`,
    });
    expect(calls).toEqual([]);
  });

  it("hands over partials in order, before the answer", async () => {
    const { llm, calls } = setUp();
    const partials: string[] = [];
    const answer = llm.TellJoke(args, { onPartial: (partial) => partials.push(partial) });
    expect(calls[0]?.request.wantsPartials).toBe(true);
    reply(
      calls[0],
      { kind: "partial", value: "h" },
      { kind: "partial", value: "ha" },
      { kind: "done", value: "ha!", usage },
    );
    expect(await answer).toBe("ha!");
    expect(partials).toEqual(["h", "ha"]);
  });

  it("rejects with the error that came, and tells the usage of each call that ended", async () => {
    const usages: LlmUsage[] = [];
    const { llm, calls } = setUp({ onUsage: (one) => usages.push(one) });
    const error = { code: "LLM_RATE_LIMITED", message: "m", details: { retry_after_ms: 5 } };
    const failed = failure(llm.TellJoke(args));
    reply(calls[0], { kind: "failed", error, usage });
    const thrown = await failed;
    expect(thrown).toBeInstanceOf(TroupeError);
    expect(thrown).toMatchObject(error);
    const answer = llm.TellJoke(args);
    reply(calls[1], { kind: "done", value: "ha", usage });
    await answer;
    expect(usages).toEqual([usage, usage]);
  });

  it("rejects when the port closes without an ending", async () => {
    const { llm, calls } = setUp();
    const failed = failure(llm.TellJoke(args));
    reply(calls[0]);
    expect(await failed).toMatchObject({ code: "LLM_UNAVAILABLE" });
  });

  it.each([
    ["its own signal", (signal: AbortSignal) => [{}, { signal }] as const],
    ["the step's signal", (signal: AbortSignal) => [{ signal: () => signal }, {}] as const],
  ])("is aborted by %s: rejects, closes the port, takes its listener off", async (_, place) => {
    const abort = new AbortController();
    const [options, callOptions] = place(abort.signal);
    const { llm, calls } = setUp(options);
    const failed = failure(llm.TellJoke(args, callOptions));
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
    abort.abort();
    expect(await failed).toMatchObject({ code: "LLM_ABORTED" });
    await closed(calls[0]?.port);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });

  it("listens to both signals, and to none once the call has ended", async () => {
    const step = new AbortController();
    const own = new AbortController();
    const { llm, calls } = setUp({ signal: () => step.signal });
    const failed = failure(llm.TellJoke(args, { signal: own.signal }));
    step.abort();
    expect(await failed).toMatchObject({ code: "LLM_ABORTED" });
    expect(getEventListeners(own.signal, "abort")).toHaveLength(0);
    expect(calls).toHaveLength(1);
  });

  it("sends nothing when its signal has fired before", async () => {
    const { llm, calls } = setUp({ signal: () => AbortSignal.abort() });
    expect(await failure(llm.TellJoke(args))).toMatchObject({ code: "LLM_ABORTED" });
    expect(calls).toHaveLength(0);
  });

  it("refuses arguments that BAML could not walk, and lets half a character through", async () => {
    const { llm, calls } = setUp();
    let prompt: unknown = "x";
    for (let depth = 0; depth < 5_000; depth++) prompt = [prompt];
    const cyclic: { itself?: unknown } = {};
    cyclic.itself = cyclic;
    for (const bad of [prompt, cyclic, new Map([["a", prompt]]), Number.NaN]) {
      const thrown = await failure(llm.Ask({ prompt: bad as string }));
      expect(thrown).toMatchObject({ code: "LLM_ARGUMENTS_INVALID" });
    }
    expect(calls).toHaveLength(0);
    const answer = llm.Ask({ prompt: "\ud800" });
    reply(calls[0], { kind: "done", value: "ha", usage });
    expect(await answer).toBe("ha");
  });

  it("refuses arguments that are no plain data", async () => {
    const { llm } = setUp();
    const thrown = await failure(llm.Ask({ prompt: (() => "x") as unknown as string }));
    expect(thrown).toMatchObject({ code: "LLM_ARGUMENTS_INVALID" });
    expect((thrown as Error).message).toContain("Ask");
  });

  it("rejects with what the agent's own callback throws", async () => {
    const { llm, calls } = setUp();
    const fault = new Error("mine");
    const failed = failure(
      llm.TellJoke(args, {
        onPartial() {
          throw fault;
        },
      }),
    );
    calls[0]?.port.postMessage({ kind: "partial", value: "h" } satisfies LlmReply);
    expect(await failed).toBe(fault);
    await closed(calls[0]?.port);
  });

  it("is no promise and has nothing but functions of BAML", async () => {
    const { llm, calls } = setUp();
    expect(await llm).toBe(llm);
    expect(JSON.stringify(llm)).toBe("{}");
    expect(Reflect.get(llm, "constructor")).toBeUndefined();
    expect(Reflect.get(llm, Symbol.iterator)).toBeUndefined();
    expect(calls).toHaveLength(0);
  });

  it("is typed by the BAML functions", () => {
    expectTypeOf<Parameters<Llm["TellJoke"]>[0]>().toEqualTypeOf<{
      readonly subject: string;
      readonly recent_jokes: readonly string[];
    }>();
    expectTypeOf<ReturnType<Llm["TellJoke"]>>().toEqualTypeOf<Promise<string>>();
    expectTypeOf<Parameters<Llm["Ask"]>[0]>().toEqualTypeOf<{
      readonly prompt: string;
      readonly system?: string | null;
    }>();
  });
});
