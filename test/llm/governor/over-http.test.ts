import { expect, test } from "vitest";
import { createLlm } from "../../../src/actor/llm-client.ts";
import { openLlm } from "../../../src/llm/gateway.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";
import { type Fate, startScriptedModel } from "../../support/scripted-model.ts";
import { until } from "../../support/until.ts";
import { settingsFor } from "../scripted-gateway.ts";

const AGENTS = 20;
/** Requests that the provider grants in each window. */
const GRANTED = 20;
const WINDOW_MS = 1_000;
const ANSWERS_EACH = 6;

/** A fixed window that names the time of the next one. */
function limited(): () => Fate {
  let window = -1;
  let count = 0;
  return () => {
    const now = performance.now();
    const current = Math.floor(now / WINDOW_MS);
    if (current !== window) count = 0;
    window = current;
    count += 1;
    if (count <= GRANTED) return "ok";
    const retryAfter = (((current + 1) * WINDOW_MS - now) / 1_000).toFixed(3);
    return { kind: "rate_limited", retryAfter };
  };
}

test("agents share what a provider grants: all calls are answered, and all agents get their share", async () => {
  await using model = await startScriptedModel({ answer: limited() });
  await using gateway = openLlm(settingsFor(model, { concurrency: 64 }), {
    threadEnv: codeCacheEnv,
  });
  const ending = new AbortController();
  const counts = Array.from({ length: AGENTS }, () => 0);
  const errors: unknown[] = [];
  const agents = counts.map(async (_, agent) => {
    const llm = createLlm((request, port) => gateway.call({ request, port, agentId: `a${agent}` }));
    while (!ending.signal.aborted) {
      try {
        await llm.Ask({ prompt: "x" }, { signal: ending.signal });
        counts[agent] = (counts[agent] ?? 0) + 1;
      } catch (error) {
        if (!ending.signal.aborted) errors.push(error);
      }
    }
  });
  await until(() => counts.every((count) => count >= ANSWERS_EACH));
  const sorted = counts.toSorted((a, b) => a - b);
  ending.abort();
  await Promise.all(agents);
  expect(errors).toEqual([]);
  expect(sorted[0]).toBeGreaterThanOrEqual((sorted[AGENTS / 2] ?? 0) / 3);
  const [state] = gateway.states;
  expect(state?.rate_limited_total).toBeGreaterThan(0);
  // The first windows teach the rate; from then on hardly any call is refused.
  const answered = counts.reduce((sum, count) => sum + count, 0);
  expect(state?.rate_limited_total).toBeLessThan(answered);
});

test("calls wait while a model is gone, and are answered once it is back", async () => {
  const first = await startScriptedModel();
  const outages: boolean[] = [];
  await using gateway = openLlm(settingsFor(first), {
    threadEnv: codeCacheEnv,
    onOutage: ({ isOver }) => outages.push(isOver),
  });
  const ask = (agentId: string, signal?: AbortSignal) => {
    const llm = createLlm((request, port) => gateway.call({ request, port, agentId }));
    return llm.Ask({ prompt: agentId }, signal === undefined ? {} : { signal });
  };
  await ask("before");
  await first.close();
  const agents = Array.from({ length: 12 }, (_, n) => `agent${n}`);
  // Whose calls fail before the outage is known.
  const ends = await Promise.allSettled([ask("early"), ask("early")]);
  const calls = agents.map((agent) => ask(agent));
  const stopped = new AbortController();
  const ended = ask("stopped", stopped.signal).catch((error: { code?: string }) => error.code);
  await until(() => gateway.states[0]?.state === "down" && gateway.counters().waiting > 10);
  expect(gateway.waitOf("stopped")).toMatchObject({ why: expect.stringContaining("refused") });
  stopped.abort();
  expect(await ended).toBe("LLM_ABORTED");
  await using second = await startScriptedModel({ port: Number(new URL(first.baseUrl).port) });
  const answers = await Promise.all(calls);
  expect(answers).toHaveLength(12);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(outages).toEqual([false, true]);
  expect(new Set(second.requests.map(({ prompt }) => prompt)).size).toBeGreaterThanOrEqual(12);
  expect(second.requests.map(({ prompt }) => prompt)).not.toContain("stopped");
});
