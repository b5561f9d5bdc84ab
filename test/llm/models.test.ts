import { describe, expect, test } from "vitest";
import { createLlm } from "../../src/actor/llm-client.ts";
import { openLlm } from "../../src/llm/gateway.ts";
import { findUnknownFunctions } from "../../src/llm/models.ts";
import type { LlmCall } from "../../src/llm/open-call.ts";
import type { OwnPrompts } from "../../src/llm/prompts/own-prompts.ts";
import type { LlmUsage } from "../../src/model/llm-call.ts";
import type { NamedModel } from "../../src/model/named-model.ts";
import { codeCacheEnv } from "../support/code-cache.ts";
import { type Fate, type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import { failure, prompt, until } from "./scripted-gateway.ts";

interface Servers extends AsyncDisposable {
  readonly first: ScriptedModel;
  readonly second: ScriptedModel;
}

async function startServers(
  answer: (model: string, index: number) => Fate = () => "ok",
): Promise<Servers> {
  const start = () => startScriptedModel({ answer: ({ model, index }) => answer(model, index) });
  const [first, second] = [await start(), await start()];
  return {
    first,
    second,
    async [Symbol.asyncDispose]() {
      await first.close();
      await second.close();
    },
  };
}

const env = { FIRST_API_KEY: "sk-first", SECOND_API_KEY: "sk-second" };

/** Models named by what they are asked for; `usages` gets those of each call. */
function open(
  { first, second }: Servers,
  more: Readonly<Record<string, Partial<NamedModel>>> = {},
) {
  const provider = "openai-generic";
  const onFirst = { provider, base_url: first.baseUrl, key: "FIRST_API_KEY" };
  const onSecond = { provider, base_url: second.baseUrl, key: "SECOND_API_KEY" };
  const models = {
    default: { ...onFirst, model: "by_default" },
    function: { ...onFirst, model: "by_function", functions: ["TellJoke"] },
    type: { ...onSecond, model: "by_type" },
    agent: { ...onSecond, model: "by_agent" },
    call: { ...onFirst, model: "by_call" },
  };
  const given = Object.entries(models).map(([name, model]) => [name, { ...model, ...more[name] }]);
  const file = { path: "models.json", models: new Map(given as [string, NamedModel][]) };
  return openLlm(
    { provider: "auto", concurrency: 8, env, models: file },
    { threadEnv: codeCacheEnv },
  );
}

function clientOf(gateway: ReturnType<typeof openLlm>, call: Partial<LlmCall> = {}) {
  const usages: LlmUsage[] = [];
  const llm = createLlm((request, port) => gateway.call({ ...call, request, port }), {
    onUsage: (usage) => usages.push(usage),
  });
  return { llm, usages };
}

const joke = { subject: "x", recent_jokes: [] };

describe("which model a call uses", () => {
  const choices: readonly (readonly [string, LlmCall["choice"], { model?: string }])[] = [
    ["by_function", undefined, {}],
    ["by_type", { agent: undefined, type: "type" }, {}],
    ["by_agent", { agent: "agent", type: "type" }, {}],
    ["by_call", { agent: "agent", type: "type" }, { model: "call" }],
  ];

  test.each(choices)("%s", async (model, choice, options) => {
    await using servers = await startServers();
    await using gateway = open(servers);
    const { llm, usages } = clientOf(gateway, { choice });
    await llm.TellJoke(joke, options);
    const asked = [...servers.first.requests, ...servers.second.requests];
    expect(asked.map((request) => request.model)).toEqual([model]);
    expect(usages.map((usage) => usage.model)).toEqual([model]);
  });

  test("the default, for a function that nobody names a model for", async () => {
    await using servers = await startServers();
    await using gateway = open(servers);
    await clientOf(gateway).llm.Ask({ prompt });
    expect(servers.first.requests.map(({ model }) => model)).toEqual(["by_default"]);
  });

  test("an unknown name is refused, with the known ones", async () => {
    await using servers = await startServers();
    await using gateway = open(servers);
    const error = await failure(clientOf(gateway).llm.Ask({ prompt }, { model: "nope" }));
    expect(error.code).toBe("LLM_MODEL_UNKNOWN");
    expect(error.message).toBe(
      'model must be one of default, function, type, agent, call, got "nope"',
    );
  });
});

test("options are part of the request", async () => {
  await using servers = await startServers();
  const options = {
    temperature: 0.25,
    stop: ['a "quoted" \\ text\n'],
    reasoning: { effort: "low" },
  };
  await using gateway = open(servers, { default: { options } });
  await clientOf(gateway).llm.Ask({ prompt });
  expect(servers.first.requests[0]?.body).toMatchObject(options);
});

test("options of every kind that BAML checks are taken", async () => {
  await using servers = await startServers();
  const options = {
    headers: { "x-version": "5" },
    query_params: { a: "b" },
    allowed_roles: ["user", "system"],
    default_role: "system",
    remap_roles: { system: "developer" },
    allowed_role_metadata: "all",
    supports_streaming: false,
    media_url_handler: { image: "send_url" },
    client_response_type: "openai",
    max_tokens: null,
  } as const;
  await using gateway = open(servers, { default: { options } });
  await clientOf(gateway).llm.Ask({ prompt });
  expect(servers.first.requests[0]?.headers).toMatchObject(options.headers);
});

describe("fallback", () => {
  const fallback = { default: { fallback: ["agent", "function"] } };

  test.each([
    ["429", { kind: "rate_limited", retryAfter: "60" }],
    ["500", "server_error"],
    ["503", { kind: "server_error", status: 503 }],
    ["a connection that breaks", "drop"],
  ] as const)("after %s another model answers, and the step names it", async (_, fate) => {
    await using servers = await startServers((model) => (model === "by_default" ? fate : "ok"));
    await using gateway = open(servers, fallback);
    const { llm, usages } = clientOf(gateway);
    expect(await llm.Ask({ prompt })).toContain("scripted answer");
    expect(usages).toMatchObject([{ model: "by_agent", input_tokens: 11 }]);
    expect([servers.first.requests.length, servers.second.requests.length]).toEqual([1, 1]);
  });

  test("the next one is tried if that fails too", async () => {
    await using servers = await startServers((model) =>
      model === "by_function" ? "ok" : "server_error",
    );
    await using gateway = open(servers, fallback);
    const { llm, usages } = clientOf(gateway);
    await llm.Ask({ prompt });
    expect(usages).toMatchObject([{ model: "by_function" }]);
  });

  test.each([
    ["400", { kind: "server_error", status: 400 }, "LLM_REFUSED"],
    ["401", "unauthorized", "LLM_REFUSED"],
    ["an answer that is cut", "length", "LLM_ANSWER_INVALID"],
  ] as const)("%s is not tried elsewhere", async (_, fate, code) => {
    await using servers = await startServers((model) => (model === "by_default" ? fate : "ok"));
    await using gateway = open(servers, fallback);
    expect((await failure(clientOf(gateway).llm.Ask({ prompt }))).code).toBe(code);
    expect(servers.second.requests).toEqual([]);
  });

  test("a model that asked for a pause is passed over until then", async () => {
    await using servers = await startServers((model) =>
      model === "by_default" ? { kind: "rate_limited", retryAfter: "60" } : "ok",
    );
    await using gateway = open(servers, fallback);
    const { llm } = clientOf(gateway);
    for (let n = 0; n < 3; n++) await llm.Ask({ prompt });
    expect([servers.first.requests.length, servers.second.requests.length]).toEqual([1, 3]);
  });

  test("after a piece of the answer was handed out there is none", async () => {
    await using servers = await startServers((model) =>
      model === "by_default" ? { kind: "slow_stream", text: "one two three" } : "ok",
    );
    await using gateway = open(servers, fallback);
    const seen = Promise.withResolvers<string>();
    const answer = failure(
      clientOf(gateway).llm.Ask({ prompt }, { onPartial: (partial) => seen.resolve(partial) }),
    );
    const request = await servers.first.request(0);
    request.release();
    expect(await seen.promise).toBe("one");
    await servers.first.close();
    expect((await answer).code).toMatch(/^LLM_/);
    expect(servers.second.requests).toEqual([]);
  });
});

test("a key goes to its own host, in fallbacks too", async () => {
  await using servers = await startServers((model) =>
    model === "by_default" ? "server_error" : "ok",
  );
  await using gateway = open(servers, { default: { fallback: ["agent"] } });
  const { llm } = clientOf(gateway);
  await llm.Ask({ prompt });
  await llm.TellJoke(joke);
  const keysOf = ({ requests }: ScriptedModel) =>
    new Set(requests.map(({ headers }) => headers.authorization));
  expect(keysOf(servers.first)).toEqual(new Set(["Bearer sk-first"]));
  expect(keysOf(servers.second)).toEqual(new Set(["Bearer sk-second"]));
  for (const { requests } of [servers.first, servers.second]) {
    for (const { headers, body } of requests) {
      expect(JSON.stringify([headers, body]).match(/sk-\w+/g)).toHaveLength(1);
    }
  }
  await until(() => gateway.counters().inFlight === 0);
});

test("the provider of a model is known by the model's name, unless several have one with that name", async () => {
  await using servers = await startServers();
  await using gateway = open(servers, {
    type: { model: "twice", provider: "openai" },
    agent: { model: "twice", provider: "anthropic" },
  });
  const { models } = gateway;
  expect(models.providerOf("by_call")).toBe("openai-generic");
  expect(models.providerOf("twice")).toBeUndefined();
  expect(models.providerOf("stranger")).toBeUndefined();
});

test("a function to which the file gives a model, and which there is not, is named", () => {
  const functions = ["TellJoke", "Review", "toString"];
  const models = new Map([["strong", { provider: "openai", model: "m", functions }]]);
  const file = { path: "/a/models.json", models };
  const own = {
    prompts: { set: { functions: { Review: "Default" } } },
  } as unknown as OwnPrompts;
  const found = (given: OwnPrompts | undefined) =>
    findUnknownFunctions(file, given).map(({ code, message }) => ({ code, message }));
  const start = "/a/models.json: functions of the model strong must be of ";
  const nothing = { code: "MODELS_INVALID", message: expect.stringMatching(/got "toString"$/) };
  expect(found(own)).toEqual([nothing]);
  expect(found(own)[0]?.message.startsWith(start)).toBe(true);
  expect(found(undefined).map(({ message }) => message.split("got ")[1])).toEqual([
    '"Review"',
    '"toString"',
  ]);
  // Files that could not be read say nothing about what is in them.
  expect(found({ ...own, prompts: undefined })).toEqual([]);
});
