/** Own BAML functions through gateway, pool and relay, against scripted models. */

import { describe, expect, it } from "vitest";
import { failure, settingsFor } from "../scripted-gateway.ts";
import { bigClient, greet, own, setUp } from "./own-setup.ts";

const typed = `enum Mood {
  Good
  Bad
}
class Part {
  text string
  mood Mood?
}
class Report {
  parts Part[]
  kind "short" | "long"
  by Part | string
  counts map<string, int>
}
function Describe(text: string, picture: image, more: Part[]) -> Report {
  client Default
  prompt #"
    {{ _.role("user") }}
    {{ text }} {{ picture }} {% for part in more %}[{{ part.text }} {{ part.mood }}]{% endfor %}
    {{ ctx.output_format }}
  "#
}
`;

describe("own functions", () => {
  it("use the model of the settings by the client Default, next to the built-in ones", async () => {
    await using setup = await setUp(() => greet("Default"), { fleet: { kind: "ok", text: "hi" } });
    expect(await setup.llm["Greet"]?.({ who: "Ada" })).toBe("hi");
    expect(await setup.llm["Ask"]?.({ prompt: "how?" })).toBe("hi");
    expect(setup.fleet.requests.map(({ prompt, model }) => [prompt, model])).toEqual([
      ["Hello Ada", "fleet-model"],
      ["how?", "fleet-model"],
    ]);
    expect(setup.usages.map(({ model }) => model)).toEqual(["fleet-model", "fleet-model"]);
  });

  it("return a class whose text has half a character, with U+FFFD in its place", async () => {
    const report = { parts: [], kind: "short", by: "me \ud83d", counts: {} };
    const text = JSON.stringify(report).replace("\\ud83d", "\ud83d");
    await using setup = await setUp(() => typed, { fleet: { kind: "ok", text } });
    const args = { text: "see", picture: { url: "https://pictures.example/a.png" }, more: [] };
    expect(await setup.llm["Describe"]?.(args)).toEqual({ ...report, by: "me \ufffd" });
  });

  it("take and return classes, enums, unions, lists, maps and images", async () => {
    const report = {
      parts: [
        { text: "one", mood: "Good" },
        { text: "two", mood: null },
      ],
      kind: "long",
      by: { text: "me", mood: "Bad" },
      counts: { words: 3 },
    };
    await using setup = await setUp(() => typed, {
      fleet: { kind: "ok", text: `Here: \`\`\`json\n${JSON.stringify(report)}\n\`\`\`` },
    });
    const picture = { url: "https://pictures.example/a.png" };
    const more = [{ text: "x", mood: "Bad" }];
    expect(await setup.llm["Describe"]?.({ text: "see", picture, more })).toEqual(report);
    const [request] = setup.fleet.requests;
    expect(request?.prompt).toContain("[x Bad]");
    expect(JSON.stringify(request?.body)).toContain("https://pictures.example/a.png");
    const bytes = { base64: "aGk=", media_type: "image/png" };
    await setup.llm["Describe"]?.({ text: "see", picture: bytes, more: [] });
    expect(JSON.stringify(setup.fleet.requests[1]?.body)).toContain("data:image/png;base64,aGk=");
    const wrong = await failure(setup.llm["Describe"]?.({ text: 5, picture, more }) as never);
    expect(wrong.code).toBe("LLM_ARGUMENTS_INVALID");
  });

  it("refuse arguments that they do not have, as the built-in ones do, and ask no model", async () => {
    const remark = "function Remark(about: string, tone: string?) -> string {\n  client Default\n";
    const source = `${remark}  prompt #"{{ about }} {{ tone }}"#\n}\n${greet("Default")}`;
    await using setup = await setUp(() => source, { fleet: { kind: "ok", text: "hi" } });
    const refused = async (name: string, args: object) => {
      const error = await failure(setup.llm[name]?.(args) as never);
      expect(error.code).toBe("LLM_ARGUMENTS_INVALID");
      return error.message;
    };
    expect(await refused("Remark", { about: "tea", tome: "dry" })).toBe(
      'Remark has no argument "tome"; it takes about, tone',
    );
    expect(await refused("Greet", { name: "Ada", age: 3 })).toBe(
      'Greet has no arguments "name", "age"; it takes who',
    );
    expect(await refused("Ask", { prompt: "how?", sytem: "short" })).toBe(
      'Ask has no argument "sytem"; it takes prompt, system',
    );
    expect(setup.fleet.requests).toEqual([]);
    expect(await setup.llm["Remark"]?.({ about: "tea", tome: undefined })).toBe("hi");
  });

  it.each<[string, string, object]>([
    ["base64 needs a media_type", "openai-generic", { picture: { base64: "aGk=" } }],
    [
      "base64 is not Base64 text",
      "openai-generic",
      { picture: { base64: "!!", media_type: "image/png" } },
    ],
    [
      "the client cannot send a video",
      "openai-generic",
      { film: { url: "https://x.example/a.mp4" } },
    ],
    ["the client cannot send a video", "anthropic", { film: { url: "https://x.example/a.mp4" } }],
    [
      "the client cannot send a video",
      "openai-responses",
      { film: { url: "https://x.example/a.mp4" } },
    ],
    [
      "the file at the url was not fetched",
      "anthropic",
      { paper: { url: "http://127.0.0.1:9/a.pdf" } },
    ],
  ])("report that %s, to %s, as a fault of the arguments", async (problem, provider, args) => {
    const source = `function Watch(picture: image?, film: video?, paper: pdf?) -> string {
  client Big
  prompt #"{{ _.role("user") }} {{ picture }} {{ film }} {{ paper }}"#
}`;
    await using setup = await setUp(
      (url) => bigClient(url, 'api_key "k"').replace("openai-generic", provider) + source,
      { other: { kind: "ok", text: "hi" } },
    );
    for (const options of [{}, { onPartial: () => undefined }]) {
      const error = await failure(setup.llm["Watch"]?.(args, options) as never);
      expect({ code: error.code, message: error.message }).toEqual({
        code: "LLM_ARGUMENTS_INVALID",
        message: `Watch cannot take these arguments: ${problem}`,
      });
    }
    expect(setup.other.requests).toEqual([]);
  });

  it("name the members of a union that an argument is not", async () => {
    const source = `${typed}
function Weigh(part: Part?, size: "short" | 5 | bool) -> string {
  client Default
  prompt #"{{ part }} {{ size }}"#
}`;
    await using setup = await setUp(() => source, { fleet: { kind: "ok", text: "hi" } });
    const args = { part: { text: "x", mood: "Fine" }, size: "long" };
    const error = await failure(setup.llm["Weigh"]?.(args) as never);
    expect(error.message).toBe(
      'Weigh cannot take these arguments: part: Expected Part, got an object; size: Expected "short" or 5 or bool, got text',
    );
  });

  it("give partial answers in their own type", async () => {
    const answer = JSON.stringify({
      parts: [{ text: "a b c d", mood: "Good" }],
      kind: "short",
      by: "me",
      counts: {},
    });
    await using setup = await setUp(() => typed, { fleet: { kind: "slow_stream", text: answer } });
    const first = Promise.withResolvers<unknown>();
    const call = setup.llm["Describe"]?.(
      { text: "see", picture: { url: "https://x.example/a.png" }, more: [] },
      { onPartial: first.resolve },
    );
    const request = await setup.fleet.request(0);
    request.release();
    expect(await first.promise).toMatchObject({ parts: expect.any(Array) });
    for (let words = 0; words < 10; words += 1) request.release();
    expect(await call).toMatchObject({ kind: "short" });
  });

  it("use a client of their own with its options and its key", async () => {
    await using setup = await setUp(
      (url) => bigClient(url, "api_key env.BIG_KEY") + greet("Big"),
      { other: { kind: "ok", text: "big hi" } },
      { BIG_KEY: "sk-big" },
    );
    expect(await setup.llm["Greet"]?.({ who: "Ada" })).toBe("big hi");
    expect(await setup.llm["Greet"]?.({ who: "Bob" })).toBe("big hi");
    expect(setup.fleet.requests).toEqual([]);
    const [request] = setup.other.requests;
    expect(request?.headers.authorization).toBe("Bearer sk-big");
    expect(request?.body).toMatchObject({ model: "big-model", temperature: 0.25 });
    expect(setup.usages.map(({ model }) => model)).toEqual(["big-model", "big-model"]);
  });

  it("report the client that failed, and never its key", async () => {
    await using setup = await setUp(
      (url) => bigClient(url, "api_key env.BIG_KEY") + greet("Big"),
      { other: "unauthorized" },
      { BIG_KEY: "sk-big-secret" },
    );
    const error = await failure(setup.llm["Greet"]?.({ who: "Ada" }) as never);
    expect(error.code).toBe("LLM_REFUSED");
    expect(error.message).toMatch(/^openai-generic big-model at 127\.0\.0\.1:\d+ /);
    expect(JSON.stringify([error.message, error.details])).not.toContain("sk-big-secret");
  });

  it("report no key in a header of their client, written there or in a variable", async () => {
    const headers = 'headers { x-first "sk-written-in-file" x-second env.SECOND }';
    await using setup = await setUp(
      (url) => bigClient(url, headers.replace(" x-second", "\n x-second")) + greet("Big"),
      { other: { kind: "unauthorized", quotes: ["x-first", "x-second"] } },
      { SECOND: "sk-in-a-variable" },
    );
    const error = await failure(setup.llm["Greet"]?.({ who: "Ada" }) as never);
    expect(setup.other.requests[0]?.headers["x-second"]).toBe("sk-in-a-variable");
    expect(error.message).toContain("wrong key: [key], [key]");
  });

  it("send a provider's usual key to its own address only", async () => {
    await using setup = await setUp(
      (url) => bigClient(url).replace("openai-generic", "openai") + greet("Big"),
      { other: { kind: "ok", text: "hi" } },
      { OPENAI_API_KEY: "sk-of-openai" },
    );
    expect(await setup.llm["Greet"]?.({ who: "Ada" })).toBe("hi");
    expect(JSON.stringify(setup.other.requests[0]?.headers)).not.toContain("sk-of-openai");
  });

  it("report a variable of their client that is not set", async () => {
    await using setup = await setUp((url) => bigClient(url, "api_key env.BIG_KEY") + greet("Big"));
    const error = await failure(setup.llm["Greet"]?.({ who: "Ada" }) as never);
    expect(error.code).toBe("LLM_UNAVAILABLE");
    expect(error.message).toBe("Greet was not called: client Big needs BIG_KEY to be set");
  });

  it("fall back from one client to another, and name the one that answered", async () => {
    const both = `client<llm> Both {\n  provider fallback\n  options {\n    strategy [Big, Default]\n  }\n}\n`;
    await using setup = await setUp((url) => bigClient(url) + both + greet("Both"), {
      other: "server_error",
      fleet: { kind: "ok", text: "fleet hi" },
    });
    expect(await setup.llm["Greet"]?.({ who: "Ada" })).toBe("fleet hi");
    expect(setup.other.requests).toHaveLength(1);
    expect(setup.usages.map(({ model }) => model)).toEqual(["fleet-model"]);
  });

  it("with a hanging model of their own take no room from the others", async () => {
    await using setup = await setUp((url) => bigClient(url) + greet("Big"), {
      other: "hang",
      fleet: { kind: "ok", text: "fine" },
    });
    const stop = new AbortController();
    const hanging = Array.from({ length: 12 }, () =>
      setup.llm["Greet"]?.({ who: "Ada" }, { signal: stop.signal }).catch(() => "aborted"),
    );
    await setup.other.request(6);
    expect(await setup.llm["Ask"]?.({ prompt: "how?" })).toBe("fine");
    // Of the eight that are allowed, one is kept for the other model.
    expect(setup.gateway.counters()).toMatchObject({ waiting: 5 });
    expect(setup.other.inFlightMax).toBe(7);
    stop.abort();
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(["aborted"]));
  });
});

describe("a change of own functions", () => {
  it("leaves running calls as they are and changes all later ones, waiting ones included", async () => {
    await using setup = await setUp(() => greet("Default"), {
      fleet: { kind: "slow", text: "hi" },
    });
    const running = Array.from({ length: 8 }, () => setup.llm["Greet"]?.({ who: "Ada" }));
    await setup.fleet.request(7);
    const waiting = setup.llm["Greet"]?.({ who: "Bob" });
    const settings = settingsFor(setup.fleet);
    await setup.gateway.reconfigure(settings, own(greet("Default").replace("Hello", "Goodbye")));
    const later = setup.llm["Greet"]?.({ who: "Cid" });
    for (const request of setup.fleet.requests) request.release();
    expect(await Promise.all(running)).toEqual(running.map(() => "hi"));
    (await setup.fleet.request(8)).release();
    (await setup.fleet.request(9)).release();
    await Promise.all([waiting, later]);
    const prompts = setup.fleet.requests.map(({ prompt }) => prompt);
    expect(prompts.slice(0, 8)).toEqual(running.map(() => "Hello Ada"));
    // The two are made by different threads.
    expect(new Set(prompts.slice(8))).toEqual(new Set(["Goodbye Bob", "Goodbye Cid"]));
  });

  it("that removes a function makes it unknown", async () => {
    await using setup = await setUp(() => greet("Default"));
    await setup.llm["Greet"]?.({ who: "Ada" });
    await setup.gateway.reconfigure(settingsFor(setup.fleet), undefined);
    const error = await failure(setup.llm["Greet"]?.({ who: "Ada" }) as never);
    expect(error.code).toBe("LLM_FUNCTION_UNKNOWN");
  });
});
