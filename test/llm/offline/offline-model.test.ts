import { describe, expect, it } from "vitest";
import { startOfflineModel } from "../../../src/llm/offline/offline-model.ts";

type Model = Awaited<ReturnType<typeof startOfflineModel>>;

interface Sent {
  readonly path?: string;
  readonly token?: string;
  readonly body?: string;
}

async function send(model: Model, { path = "/chat/completions", token, body }: Sent) {
  const response = await fetch(`${model.baseUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token ?? model.token}` },
    body: body ?? null,
  });
  return { status: response.status, text: await response.text() };
}

function chat(text: string, more: object = {}): string {
  return JSON.stringify({ model: "x", messages: [{ role: "user", content: text }], ...more });
}

const jokePrompt = "Tell one new joke about this subject:\n<subject>tax law</subject>";

describe("offline model", () => {
  it("tells a joke about the subject of the prompt, and counts tokens", async () => {
    await using model = await startOfflineModel();
    const { status, text } = await send(model, { body: chat(jokePrompt) });
    const answer = JSON.parse(text);
    expect(status).toBe(200);
    expect(answer.choices[0].message.content).toContain("tax law");
    expect(answer.choices[0].finish_reason).toBe("stop");
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0);
    expect(answer.usage.completion_tokens).toBeGreaterThan(0);
  });

  it("streams the same kind of answer in pieces, with usage and an end mark", async () => {
    await using model = await startOfflineModel();
    const { text } = await send(model, { body: chat(jokePrompt, { stream: true }) });
    const events = text.split("\n\n").filter(Boolean);
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice("data: ".length)));
    const joke = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(events.at(-1)).toBe("data: [DONE]");
    expect(chunks.length).toBeGreaterThan(3);
    expect(joke).toContain("tax law");
    expect(chunks.at(-1).usage.completion_tokens).toBe(Math.ceil(joke.length / 4));
  });

  it("says what it is when asked anything else", async () => {
    await using model = await startOfflineModel();
    const { text } = await send(model, { body: chat(`What is ${"2 + ".repeat(100)}2?`) });
    const { content } = JSON.parse(text).choices[0].message;
    expect(content).toContain("not a language model");
    expect(content).toContain("OPENAI_API_KEY");
    expect(content.length).toBeLessThan(400);
  });

  it("lists its one model", async () => {
    await using model = await startOfflineModel();
    const { text } = await send(model, { path: "/models" });
    expect(JSON.parse(text).data).toEqual([{ id: "offline", object: "model" }]);
  });

  it.each([
    ["another token", { token: "guess", body: chat("hi") }, 401],
    ["another route", { path: "/embeddings", body: chat("hi") }, 404],
    ["no JSON", { body: "{" }, 400],
    ["JSON without messages", { body: "{}" }, 400],
    ["JSON that is no object", { body: "null" }, 400],
    ["a message without a role", { body: '{"messages":[null]}' }, 400],
    ["a body that is too large", { body: chat("x".repeat(1024 * 1024)) }, 413],
  ])("answers %s with an error in JSON", async (_, sent, status) => {
    await using model = await startOfflineModel();
    const answer = await send(model, sent);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error.message).toEqual(expect.any(String));
    expect(answer.text).not.toContain(model.token);
  });

  it("has a token of its own each time, and listens on loopback only", async () => {
    await using first = await startOfflineModel();
    await using second = await startOfflineModel();
    expect(first.token).not.toBe(second.token);
    expect(first.token.length).toBeGreaterThanOrEqual(32);
    expect(first.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });
});
