/** OpenAI's Responses, whose answers end in a form of their own. */

import { describe, expect, it } from "vitest";
import { openLlm } from "../../src/llm/gateway.ts";
import { codeCacheEnv } from "../support/code-cache.ts";
import { json, type Script, ScriptedHttp } from "../support/scripted-http.ts";
import { clientOf, failure, key, prompt } from "./scripted-gateway.ts";

const part = { type: "output_text", text: "hello", annotations: [] };
const item = { id: "m1", type: "message", status: "completed", role: "assistant", content: [part] };
const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
const incomplete = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
const failed = { status: "failed", error: { code: "server_error", message: "it broke" } };

function answerWith(more: { readonly status: string } & object) {
  const base = { id: "r1", object: "response", created_at: 1, model: "m", error: null };
  return { ...base, incomplete_details: null, output: [item], usage, ...more };
}

/** The whole answer, and its stream up to its last event. */
function scriptsOf(status: { readonly status: string }): readonly Script[] {
  const answer = answerWith(status);
  const place = { item_id: "m1", output_index: 0, content_index: 0 };
  const events = [
    { type: "response.created", response: answerWith({ status: "in_progress" }) },
    { type: "response.output_text.delta", ...place, delta: "hel" },
    { type: "response.output_text.delta", ...place, delta: "lo" },
    { type: `response.${status.status}`, response: answer },
  ];
  const numbered = events.map((one, n) => ({ ...one, sequence_number: n }));
  const lines = numbered.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`);
  return [
    json(answer),
    (response) =>
      response.writeHead(200, { "content-type": "text/event-stream" }).end(lines.join("")),
  ];
}

async function open(scripts: readonly Script[]) {
  const server = await ScriptedHttp.start(...scripts);
  const env = { OPENAI_API_KEY: key };
  const provider = "openai-responses";
  const gateway = openLlm(
    { provider, baseUrl: `${server.url}/v1`, concurrency: 4, env },
    { threadEnv: codeCacheEnv },
  );
  return {
    llm: clientOf(gateway),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("an answer of OpenAI's Responses, called and streamed", () => {
  const ways = [{}, { onPartial: () => undefined }];

  it("is taken if it is complete", async () => {
    await using model = await open(scriptsOf({ status: "completed" }));
    for (const way of ways) expect(await model.llm.Ask({ prompt }, way)).toBe("hello");
  });

  it.each([
    [incomplete, "LLM_ANSWER_INVALID", 'was cut off: finish reason "max_output_tokens"'],
    [failed, "LLM_UNAVAILABLE", "answered with an error: it broke"],
  ])("is refused if it is not: %j", async (status, code, reason) => {
    await using model = await open(scriptsOf(status));
    for (const way of ways) {
      const error = await failure(model.llm.Ask({ prompt }, way));
      expect(error.code).toBe(code);
      expect(error.message).toContain(reason);
    }
  });
});
