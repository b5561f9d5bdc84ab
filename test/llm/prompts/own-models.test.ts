/** Clients of own BAML files pass the governor, and broken files make calls wait, as models that are down do. */

import { describe, expect, it } from "vitest";
import { createLlm } from "../../../src/actor/llm-client.ts";
import { openLlm } from "../../../src/llm/gateway.ts";
import type { OwnPrompts } from "../../../src/llm/prompts/own-prompts.ts";
import { TroupeError } from "../../../src/model/errors.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";
import { type ScriptedModel, startScriptedModel } from "../../support/scripted-model.ts";
import { clientOf, failure, settingsFor, until } from "../scripted-gateway.ts";
import { type AnyLlm, bigClient, greet, own, setUp } from "./own-setup.ts";

describe("a client of their own", () => {
  it("is called again after the time that its provider names, and has a state like each model", async () => {
    let refusals = 1;
    const limited = () => {
      refusals -= 1;
      return refusals < 0 ? "ok" : ({ kind: "rate_limited", retryAfter: "1" } as const);
    };
    await using setup = await setUp((url) => bigClient(url) + greet("Big"), { other: limited });
    const begun = performance.now();
    expect(await setup.llm["Greet"]?.({ who: "Ada" })).toContain("scripted answer");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
    const big = setup.gateway.states.find(({ names }) => names.includes("Big"));
    expect(big).toMatchObject({ state: "ok", rate_limited_total: 1 });
    expect(big?.description).toContain("big-model");
  });

  it("that is down makes its calls wait, and not those of others", async () => {
    let isDown = true;
    await using setup = await setUp((url) => bigClient(url) + greet("Big"), {
      other: () => (isDown ? "server_error" : "ok"),
      fleet: { kind: "ok", text: "fine" },
    });
    const first = await Promise.all(
      [1, 2].map(() => failure(setup.llm["Greet"]?.({ who: "Ada" }) as never)),
    );
    expect(first.map(({ code }) => code)).toEqual(["LLM_UNAVAILABLE", "LLM_UNAVAILABLE"]);
    const waiting = setup.llm["Greet"]?.({ who: "Bob" });
    await until(() => setup.gateway.states.some(({ state }) => state === "down"));
    expect(await setup.llm["Ask"]?.({ prompt: "how?" })).toBe("fine");
    isDown = false;
    expect(await waiting).toContain("scripted answer");
  });

  it("answers in turns with others of a round-robin", async () => {
    const turns = `client<llm> Turns {\n  provider round-robin\n  options {\n    strategy [Big, Default]\n  }\n}\n`;
    await using setup = await setUp((url) => bigClient(url) + turns + greet("Turns"));
    for (let call = 0; call < 4; call += 1) await setup.llm["Greet"]?.({ who: "Ada" });
    expect(setup.usages.map(({ model }) => model)).toEqual([
      "big-model",
      "fleet-model",
      "big-model",
      "fleet-model",
    ]);
  });

  it("has its key without white space around it, and is not called with one that cannot be sent", async () => {
    const source = (url: string) => bigClient(url, "api_key env.BIG_KEY") + greet("Big");
    await using setup = await setUp(source, {}, { BIG_KEY: " sk-big\n" });
    expect(await setup.llm["Greet"]?.({ who: "Ada" })).toContain("scripted answer");
    expect(setup.other.requests[0]?.headers.authorization).toBe("Bearer sk-big");
    const broken = own(source(setup.other.baseUrl), { BIG_KEY: "sk-big\nsk-other" });
    await setup.gateway.reconfigure(settingsFor(setup.fleet), broken);
    const error = await failure(setup.llm["Greet"]?.({ who: "Ada" }) as never);
    expect(error.message).toMatch(/^Greet was not called: client Big: BIG_KEY must be a key of/);
    expect(setup.other.requests).toHaveLength(1);
  });

  it("is passed over for a model that the call or its agent names, and its key stays at home", async () => {
    const source = (url: string) => bigClient(url, "api_key env.BIG_KEY") + greet("Big");
    await using setup = await setUp(source, {}, { BIG_KEY: "sk-big" });
    const named = { provider: "openai-generic", base_url: setup.fleet.baseUrl, model: "named" };
    const file = { ...named, key: "NAMED_KEY", functions: ["Greet"] };
    const settings = settingsFor(setup.fleet, {
      env: { NAMED_KEY: "sk-named" },
      models: { path: "models.json", models: new Map([["named", file]]) },
    });
    await setup.gateway.reconfigure(
      settings,
      own(source(setup.other.baseUrl), { BIG_KEY: "sk-big" }),
    );
    // The file's functions do not override a client of their own.
    await setup.llm["Greet"]?.({ who: "Ada" });
    await setup.llm["Greet"]?.({ who: "Ada" }, { model: "named" });
    const ofAgent = createLlm((request, port) =>
      setup.gateway.call({ request, port, choice: { agent: "default", type: undefined } }),
    ) as unknown as AnyLlm;
    await ofAgent["Greet"]?.({ who: "Ada" });
    const asked = ({ requests }: ScriptedModel) =>
      requests.map(({ model, headers }) => [model, headers.authorization]);
    expect(asked(setup.other)).toEqual([["big-model", "Bearer sk-big"]]);
    expect(asked(setup.fleet)).toEqual([
      ["named", "Bearer sk-named"],
      ["default", undefined],
    ]);
  });
});

describe("own functions that are broken", () => {
  const broken = (): OwnPrompts => ({
    prompts: undefined,
    env: {},
    proxyEnv: {},
    fault: Promise.resolve(new TroupeError("PROMPT_INVALID", "baml_src/own.baml:1: it is broken")),
  });

  it("make calls of them wait, and no others, until a reload mends them", async () => {
    await using setup = await setUp(() => greet("Default"), { fleet: { kind: "ok", text: "hi" } });
    const settings = settingsFor(setup.fleet);
    await setup.gateway.reconfigure(settings, broken());
    const waiting = [1, 2].map(() => setup.llm["Greet"]?.({ who: "Ada" }));
    const abort = new AbortController();
    const aborted = failure(setup.llm["Greet"]?.({ who: "Bob" }, abort) as never);
    expect(await setup.llm["Ask"]?.({ prompt: "how?" })).toBe("hi");
    await until(() => setup.gateway.counters().inFlight === 0);
    expect(setup.gateway.counters()).toMatchObject({ waiting: 3 });
    expect(setup.gateway.waitOf("")).toMatchObject({
      model: "own BAML functions",
      why: "baml_src/own.baml:1: it is broken",
    });
    abort.abort();
    expect((await aborted).code).toBe("LLM_ABORTED");
    // The agent knows before main does.
    await until(() => setup.gateway.counters().waiting === 2);
    await setup.gateway.reconfigure(settings, own(greet("Default")));
    expect(await Promise.all(waiting)).toEqual(["hi", "hi"]);
    expect(setup.gateway.waitOf("")).toBeUndefined();
    expect(setup.fleet.requests).toHaveLength(3);
  });

  it("fail calls of an agent's setup immediately", async () => {
    await using setup = await setUp(() => greet("Default"));
    await setup.gateway.reconfigure(settingsFor(setup.fleet), broken());
    const starting = createLlm((request, port) =>
      setup.gateway.call({ request, port, isStarting: () => true }),
    ) as unknown as AnyLlm;
    const error = await failure(starting["Greet"]?.({ who: "Ada" }) as never);
    expect(error.code).toBe("PROMPT_INVALID");
    expect(setup.gateway.counters()).toMatchObject({ waiting: 0 });
  });

  it("fail calls that have waited too long, with the reason", async () => {
    await using model = await startScriptedModel();
    await using gateway = openLlm(settingsFor(model), { threadEnv: codeCacheEnv, turnMs: 50 });
    await gateway.reconfigure(settingsFor(model), broken());
    const llm = clientOf(gateway) as unknown as AnyLlm;
    const error = await failure(llm["Greet"]?.({ who: "Ada" }) as never);
    expect(error.code).toBe("PROMPT_INVALID");
    expect(error.message).toMatch(/Greet.* left out: baml_src\/own\.baml:1: it is broken$/);
    expect(gateway.counters()).toMatchObject({ waiting: 0, refused: 1 });
  });
});
