/** Answers that are not what their status says: each is whole, or an error with its cause. */

import { expect, test } from "vitest";
import type { LlmCallOptions } from "../../src/agents/llm.ts";
import { type LlmGateway, openLlm } from "../../src/llm/gateway.ts";
import type { LlmUsage } from "../../src/model/llm-call.ts";
import { codeCacheEnv } from "../support/code-cache.ts";
import { json, type Script, ScriptedHttp } from "../support/scripted-http.ts";
import { clientOf, failure, key, prompt, until } from "./scripted-gateway.ts";

const onPartial = () => undefined;

function events(...datas: readonly object[]): Script {
  const lines = datas.map((data) => `data: ${JSON.stringify(data)}\n\n`);
  return (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).end(lines.join(""));
}

function chunk(content: string, finish_reason: string | null = null) {
  const choices = [{ index: 0, delta: { content }, finish_reason }];
  return { id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices };
}

function completion(more: object = {}, finish_reason = "stop") {
  const choices = [{ index: 0, finish_reason, message: { role: "assistant", content: "hello" } }];
  return { id: "1", object: "chat.completion", created: 1, model: "m", choices, ...more };
}

function gatewayTo({ url }: ScriptedHttp, provider = "openai-generic") {
  const baseUrl = provider === "anthropic" ? url : `${url}/v1`;
  const env = { OPENAI_API_KEY: key, ANTHROPIC_API_KEY: key };
  return openLlm({ provider, baseUrl, concurrency: 4, env }, { threadEnv: codeCacheEnv });
}

/** After one failure, two more. */
async function expectDown(gateway: LlmGateway, options: LlmCallOptions): Promise<void> {
  await failure(clientOf(gateway).Ask({ prompt }, options));
  // This one waits for the model.
  const last = failure(clientOf(gateway).Ask({ prompt }, options));
  await until(() => gateway.states[0]?.state === "down");
  await gateway.close();
  await last;
}

const overload = { type: "error", error: { type: "overloaded_error", message: `full ${key}` } };

test("an overload that comes as an event of a stream is the provider's failure, as a 529 is", async () => {
  await using server = await ScriptedHttp.start(events(overload));
  await using gateway = gatewayTo(server, "anthropic");
  const error = await failure(clientOf(gateway).Ask({ prompt }, { onPartial }));
  expect(error.code).toBe("LLM_UNAVAILABLE");
  expect(error.message).toMatch(/answered with an error: full \[key\]$/);
  await expectDown(gateway, { onPartial });
});

test("a connection that breaks in mid-answer is the provider's failure", async () => {
  const half: Script = (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 500 });
    response.write('{"id":"1"', () => response.destroy());
  };
  await using server = await ScriptedHttp.start(half);
  await using gateway = gatewayTo(server);
  const error = await failure(clientOf(gateway).Ask({ prompt }));
  expect(error.code).toBe("LLM_UNAVAILABLE");
  expect(error.message).toContain("broke the connection in the middle of its answer");
  await expectDown(gateway, {});
});

test("an error in the body of a 200 is reported with its reason", async () => {
  const error = { error: { code: 429, message: "too many" } };
  await using server = await ScriptedHttp.start(json(error), json(completion()));
  await using gateway = gatewayTo(server);
  expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
  expect(gateway.counters()).toMatchObject({ calls: 1, failures: 1 });
  expect(server.heard).toHaveLength(2);
});

test("an event with an error and a piece of the answer does not end as an answer", async () => {
  const broken = { ...chunk("", "stop"), error: { code: 502, message: "lost" } };
  await using server = await ScriptedHttp.start(events(chunk("hel"), broken));
  await using gateway = gatewayTo(server);
  const error = await failure(clientOf(gateway).Ask({ prompt }, { onPartial }));
  expect(error).toMatchObject({ code: "LLM_UNAVAILABLE" });
  expect(error.message).toContain("answered with an error: lost");
});

test.each(["error", "model_length", "insufficient_system_resource", "PROHIBITED_CONTENT"])(
  "an answer that ends with %s is not a whole one",
  async (reason) => {
    await using server = await ScriptedHttp.start(
      json(completion({}, reason)),
      events(chunk("hel"), chunk("", reason)),
    );
    await using gateway = gatewayTo(server);
    for (const options of [{}, { onPartial }]) {
      const error = await failure(clientOf(gateway).Ask({ prompt }, options));
      expect(error.code).toBe("LLM_ANSWER_INVALID");
      expect(error.message).toContain(`was cut off: finish reason "${reason}"`);
    }
  },
);

test.each(["called", "streamed"])("words of the prompt are not the fault: %s", async (way) => {
  const page: Script = (response) => response.end("<html>it has timed out</html>");
  await using server = await ScriptedHttp.start(page);
  await using gateway = gatewayTo(server);
  const asked = { prompt: "why has it timed out? reqwest::Error { kind: Request }" };
  const error = await failure(clientOf(gateway).Ask(asked, way === "called" ? {} : { onPartial }));
  expect(error.code).toBe("LLM_ANSWER_INVALID");
});

test("a byte order mark takes nothing from an answer", async () => {
  const marked = (type: string, text: string): Script => {
    const bytes = Buffer.from(`\ufeff${text}`);
    const head = { "content-type": type, "content-length": bytes.length };
    return (response) => response.writeHead(200, head).end(bytes);
  };
  const data = [chunk("hel"), chunk("lo", "stop")].map((one) => `data: ${JSON.stringify(one)}\n\n`);
  await using server = await ScriptedHttp.start(
    marked("application/json", JSON.stringify(completion())),
    marked("text/event-stream", data.join("")),
  );
  await using gateway = gatewayTo(server);
  expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
  expect(await clientOf(gateway).Ask({ prompt }, { onPartial })).toBe("hello");
});

test("a number of tokens that no call can have is not counted", async () => {
  const usage = { prompt_tokens: 5e18, completion_tokens: 7, total_tokens: 8 };
  await using server = await ScriptedHttp.start(json(completion({ usage })));
  await using gateway = gatewayTo(server);
  const { port1, port2 } = new MessageChannel();
  const reported = Promise.withResolvers<LlmUsage>();
  gateway.call({
    request: { function: "Ask", args: { prompt }, wantsPartials: false },
    port: port2 as never,
    onUsage: reported.resolve,
  });
  expect(await reported.promise).toMatchObject({ input_tokens: null, output_tokens: 7 });
  port1.close();
});
