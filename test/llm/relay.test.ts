/** The relay: what a model answers is bounded, whatever it is, and nobody else gets through. */

import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import type { LlmCallOptions } from "../../src/agents/llm.ts";
import { openLlm } from "../../src/llm/gateway.ts";
import { startRelay } from "../../src/llm/relay.ts";
import { LLM_ANSWER_BYTES_MAX } from "../../src/model/limits.ts";
import { codeCacheEnv } from "../support/code-cache.ts";
import { json, ScriptedHttp } from "../support/scripted-http.ts";
import { clientOf, failure, prompt } from "./scripted-gateway.ts";

type Script = ReturnType<typeof json>;

const target = { connectMs: 1_000, proxyEnv: {} };
const whole = {
  id: "1",
  object: "chat.completion",
  created: 1,
  model: "m",
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "hello" } }],
};

/** Sends `piece` until nobody takes it any more; resolves with the bytes that were taken. */
async function pour(response: ServerResponse, piece: string): Promise<number> {
  const closed = new AbortController();
  response.on("error", () => undefined).on("close", () => closed.abort());
  let bytes = 0;
  while (!response.destroyed) {
    bytes += piece.length;
    if (response.write(piece)) continue;
    await once(response, "drain", { signal: closed.signal }).catch(() => undefined);
  }
  return bytes;
}

function endless(
  head: Readonly<Record<string, string>>,
  first: string,
  piece: string,
  status = 200,
) {
  const poured = Promise.withResolvers<number>();
  const script: Script = (response) => {
    response.writeHead(status, head);
    response.write(first);
    pour(response, piece).then(poured.resolve, poured.reject);
  };
  return { script, bytes: poured.promise };
}

function gatewayTo(server: ScriptedHttp, env: Readonly<Record<string, string>> = {}) {
  const settings = { provider: "openai-generic", baseUrl: `${server.url}/v1`, concurrency: 4 };
  return openLlm(
    { ...settings, env: { OPENAI_API_KEY: "sk-key", ...env } },
    { threadEnv: codeCacheEnv },
  );
}

const page = "x".repeat(64 * 1024);
const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: page } }] })}\n\n`;
const jsonHead = { "content-type": "application/json" };
const eventHead = { "content-type": "text/event-stream" };
const onPartial = () => undefined;

test.each<readonly [string, ReturnType<typeof endless>, LlmCallOptions]>([
  ["a text", endless(jsonHead, '{"choices":[{"message":{"content":"', page), {}],
  ["white space", endless(jsonHead, "{", " ".repeat(page.length)), {}],
  ["a stream of words", endless(eventHead, "", event), { onPartial }],
  ["a stream of comments", endless(eventHead, "", `: ${page}\n\n`), { onPartial }],
  ["a stream without a line break", endless(eventHead, "data: ", page), { onPartial }],
])("an answer that never ends is cut off: %s", async (_, { script, bytes }, options) => {
  await using server = await ScriptedHttp.start(script, json(whole));
  await using gateway = gatewayTo(server);
  const error = await failure(clientOf(gateway).Ask({ prompt }, options));
  expect(error.code).toBe("LLM_ANSWER_TOO_LARGE");
  expect(error.message).toContain("answered more than 16 MiB");
  // What the buffers of the sockets in between take is beyond the limit.
  expect(await bytes).toBeLessThan(2 * LLM_ANSWER_BYTES_MAX);
  expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
});

const encode = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

function compressed(encoding: keyof typeof encode, text: string, status = 200): Script {
  const bytes = encode[encoding](text);
  const head = { ...jsonHead, "content-encoding": encoding, "content-length": bytes.length };
  return (response) => response.writeHead(status, head).end(bytes);
}

test.each(["gzip", "deflate", "br", "zstd"] as const)(
  "an answer that is compressed with %s, unasked, is read",
  async (encoding) => {
    await using server = await ScriptedHttp.start(
      compressed(encoding, JSON.stringify(whole)),
      compressed(encoding, '{"error":{"message":"no such model"}}', 404),
    );
    await using gateway = gatewayTo(server);
    expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
    const error = await failure(clientOf(gateway).Ask({ prompt }));
    expect(error.message).toContain("answered 404: no such model");
  },
);

test("a small answer that is large without its compression is cut off", async () => {
  const bomb = compressed("gzip", " ".repeat(4 * LLM_ANSWER_BYTES_MAX));
  await using server = await ScriptedHttp.start(bomb);
  await using gateway = gatewayTo(server);
  const error = await failure(clientOf(gateway).Ask({ prompt }));
  expect(error.code).toBe("LLM_ANSWER_TOO_LARGE");
});

test("an answer that only claims to be compressed is reported as such", async () => {
  const claim: Script = (response) =>
    response.writeHead(200, { ...jsonHead, "content-encoding": "gzip" }).end(JSON.stringify(whole));
  await using server = await ScriptedHttp.start(claim);
  await using gateway = gatewayTo(server);
  const error = await failure(clientOf(gateway).Ask({ prompt }));
  expect(error.code).toBe("LLM_ANSWER_INVALID");
  expect(error.message).toContain("is not gzip, as its Content-Encoding says");
});

test("headers that never end are cut off", async () => {
  const script: Script = (response) => {
    response.socket?.write("HTTP/1.1 200 OK\r\n");
    for (let i = 0; i < 1_000; i += 1) response.socket?.write(`x-${i}: ${"y".repeat(100)}\r\n`);
  };
  await using server = await ScriptedHttp.start(script);
  await using gateway = gatewayTo(server);
  expect((await failure(clientOf(gateway).Ask({ prompt }))).code).toBe("LLM_ANSWER_TOO_LARGE");
});

/** What no server of Node's would write. */
function bare(text: string): Script {
  return ({ socket }) => {
    socket?.on("error", () => undefined);
    socket?.end(text);
  };
}

test.each([
  ["a status that HTTP does not have", "HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\n{}"],
  ["trailers that cannot come", "HTTP/1.1 200 OK\r\nTrailer: a\r\nContent-Length: 2\r\n\r\n{}"],
  ["another protocol", "HTTP/1.1 101 On\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
])("an answer with %s ends its own call alone", async (_, text) => {
  const begun = Promise.withResolvers<ServerResponse>();
  await using server = await ScriptedHttp.start((response) => begun.resolve(response), bare(text));
  await using gateway = gatewayTo(server);
  const other = clientOf(gateway).Ask({ prompt });
  const answer = await begun.promise;
  expect((await failure(clientOf(gateway).Ask({ prompt }))).code).toBe("LLM_ANSWER_INVALID");
  answer.writeHead(200, jsonHead).end(JSON.stringify(whole));
  expect(await other).toBe("hello");
});

test("a refusal that never ends is reported by its status", async () => {
  const { script, bytes } = endless({ "content-type": "text/plain" }, "no: ", page, 400);
  await using server = await ScriptedHttp.start(script);
  await using gateway = gatewayTo(server);
  expect((await failure(clientOf(gateway).Ask({ prompt }))).code).toBe("LLM_REFUSED");
  expect(await bytes).toBeLessThan(LLM_ANSWER_BYTES_MAX);
});

test("remarks before the answer are let through, but not without an end", async () => {
  const some: Script = (response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: "</a>; rel=preload" });
    json(whole)(response, { method: "", url: "", headers: {}, body: "" });
  };
  const endlessly: Script = (response) => {
    response.socket?.on("error", () => undefined);
    response.socket?.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(100));
  };
  await using server = await ScriptedHttp.start(some, endlessly);
  await using gateway = gatewayTo(server);
  expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
  expect((await failure(clientOf(gateway).Ask({ prompt }))).code).toBe("LLM_ANSWER_TOO_LARGE");
});

test("the body of a redirect is not read", async () => {
  const { script, bytes } = endless({ location: "/elsewhere" }, "{", page, 307);
  await using server = await ScriptedHttp.start(script, json(whole));
  await using gateway = gatewayTo(server);
  expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
  expect(await bytes).toBeLessThan(2 * LLM_ANSWER_BYTES_MAX);
});

test("a redirect that keeps the request is followed, without the key to another host", async () => {
  await using other = await ScriptedHttp.start(json(whole));
  await using server = await ScriptedHttp.start(
    (response) => response.writeHead(308, { location: "/elsewhere" }).end(),
    (response) => response.writeHead(307, { location: `${other.url}/there` }).end(),
  );
  await using gateway = gatewayTo(server);
  expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
  expect(server.heard.map(({ url }) => url)).toEqual(["/v1/chat/completions", "/elsewhere"]);
  expect(server.heard[1]?.headers.authorization).toBe("Bearer sk-key");
  expect(other.heard).toMatchObject([{ method: "POST", url: "/there" }]);
  expect(JSON.stringify(other.heard[0]?.headers)).not.toContain("sk-key");
  expect(other.heard[0]?.body).toContain(prompt);
});

test.each([
  ["to itself, forever", 307, "/v1/chat/completions"],
  ["that makes it a GET", 302, "/elsewhere"],
  ["out of HTTP", 308, "file:///etc/passwd"],
])("a redirect %s is refused", async (_, status, location) => {
  await using server = await ScriptedHttp.start((response) => {
    response.writeHead(status, { location }).end();
  });
  await using gateway = gatewayTo(server);
  const error = await failure(clientOf(gateway).Ask({ prompt }));
  expect(error.code).toBe("LLM_REFUSED");
  expect(error.message).toContain(`answered ${status}`);
});

test("the provider receives nothing about the relay", async () => {
  await using server = await ScriptedHttp.start(json(whole));
  await using gateway = gatewayTo(server);
  await clientOf(gateway).Ask({ prompt });
  const [heard] = server.heard;
  expect(heard?.headers.host).toBe(new URL(server.url).host);
  expect(Object.keys(heard?.headers ?? {}).filter((name) => name.startsWith("baml"))).toEqual([]);
});

test("a proxy that the environment names is used", async () => {
  await using proxy = await ScriptedHttp.start(json(whole));
  await using server = await ScriptedHttp.start(json({}));
  await using gateway = gatewayTo(server, { HTTP_PROXY: proxy.url });
  expect(await clientOf(gateway).Ask({ prompt })).toBe("hello");
  expect(proxy.heard[0]?.url).toBe(`${server.url}/v1/chat/completions`);
  expect(server.heard).toEqual([]);
});

test("only a call that has been entered gets through, and only while it lasts", async () => {
  await using server = await ScriptedHttp.start(json({ said: "yes" }));
  await using relay = await startRelay();
  const call = relay.enter({ ...target, baseUrl: server.url });
  const ask = (url: string) => fetch(url, { method: "POST", body: "{}" });
  expect(await (await ask(`${call.baseUrl}/x`)).json()).toEqual({ said: "yes" });
  const { origin } = new URL(call.baseUrl);
  for (const url of [origin, `${origin}/`, `${origin}/1/x`, `${origin}/token/1/x`]) {
    expect((await ask(url)).status).toBe(404);
  }
  call[Symbol.dispose]();
  expect((await ask(`${call.baseUrl}/x`)).status).toBe(404);
  expect(server.heard).toHaveLength(1);
});
