/**
 * How well a fleet uses what a provider grants: a scripted provider with 300 requests a minute and
 * Retry-After, and 200 agents that call whenever they have rested, over HTTP and through the pool; then an
 * outage of that provider. In real time: some seven minutes.
 */

import { setTimeout as delay } from "node:timers/promises";
import { createLlm } from "../src/actor/llm-client.ts";
import { type LlmGateway, openLlm } from "../src/llm/gateway.ts";
import { TroupeError } from "../src/model/errors.ts";
import { type ScriptedModel, startScriptedModel } from "../test/support/scripted-model.ts";
import { percentile, report } from "./report.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 200);
const MINUTES = Number(process.env["BENCH_MINUTES"] ?? 4);
const OUTAGE_MS = Number(process.env["BENCH_OUTAGE_MS"] ?? 60_000);
const PER_MINUTE = 300;
const MINUTE = 60_000;
/** Milliseconds between an agent's answer and its next call. */
const REST_MS = 1_000;

interface Answered {
  readonly agent: number;
  readonly at: number;
}

/** Agents as the gateway sees them, without threads of their own. */
class Callers {
  readonly answers: Answered[] = [];
  failures = 0;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>[];

  constructor(gateway: LlmGateway) {
    this.#running = Array.from({ length: AGENTS }, (_, agent) => this.#run(gateway, agent));
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#running);
  }

  async #run(gateway: LlmGateway, agent: number): Promise<void> {
    const { signal } = this.#ending;
    const llm = createLlm((request, port) =>
      gateway.call({ request, port, agentId: `agent${agent}` }),
    );
    while (!signal.aborted) {
      try {
        await llm.Ask({ prompt: "x" }, { signal });
        this.answers.push({ agent, at: performance.now() });
      } catch (error) {
        if (!(error instanceof TroupeError) || error.code !== "LLM_ABORTED") this.failures += 1;
      }
      await delay(REST_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** A fixed window of the provider's clock. */
function limited() {
  const statuses: { readonly at: number; readonly isRefused: boolean }[] = [];
  let window = -1;
  let count = 0;
  const answer = () => {
    const at = performance.now();
    const current = Math.floor(at / MINUTE);
    if (current !== window) count = 0;
    window = current;
    const isRefused = count >= PER_MINUTE;
    if (!isRefused) count += 1;
    statuses.push({ at, isRefused });
    const seconds = Math.ceil(((current + 1) * MINUTE - at) / 1_000);
    return isRefused ? ({ kind: "rate_limited", retryAfter: String(seconds) } as const) : "ok";
  };
  return { statuses, answer };
}

function open({ baseUrl }: ScriptedModel): LlmGateway {
  const settings = { provider: "openai-generic", baseUrl, concurrency: 64, env: {} };
  return openLlm(settings);
}

async function measureQuota() {
  const { statuses, answer } = limited();
  await using model = await startScriptedModel({ answer });
  await using gateway = open(model);
  const callers = new Callers(gateway);
  const from = Math.ceil((performance.now() + MINUTE) / MINUTE) * MINUTE;
  await delay(from - performance.now() + MINUTES * MINUTE);
  const to = from + MINUTES * MINUTE;
  const seen = statuses.filter(({ at }) => at >= from && at < to);
  const refused = seen.filter(({ isRefused }) => isRefused).length;
  const counts = Array.from({ length: AGENTS }, () => 0);
  for (const { agent, at } of callers.answers) {
    if (at >= from && at < to) counts[agent] = (counts[agent] ?? 0) + 1;
  }
  await callers.stop();
  return {
    used: (seen.length - refused) / (MINUTES * PER_MINUTE),
    refused: refused / seen.length,
    slowest: Math.min(...counts) / percentile(counts, 0.5),
    failures: callers.failures,
  };
}

async function measureOutage() {
  const first = await startScriptedModel();
  await using gateway = open(first);
  const callers = new Callers(gateway);
  await delay(10_000);
  const before = callers.failures;
  await first.close();
  await delay(OUTAGE_MS);
  await using second = await startScriptedModel({ port: Number(new URL(first.baseUrl).port) });
  const end = performance.now();
  const active = () =>
    new Set(callers.answers.filter(({ at }) => at > end).map(({ agent }) => agent));
  while (active().size < AGENTS && performance.now() < end + MINUTE) await delay(100);
  const backMs = performance.now() - end;
  const result = { backMs, active: active().size, failures: callers.failures - before };
  await callers.stop();
  return { ...result, requests: second.requests.length };
}

const quota = await measureQuota();
const outage = await measureOutage();
report("governor", [
  { what: "quota used", value: quota.used * 100, unit: "%", least: 95 },
  { what: "calls answered 429", value: quota.refused * 100, unit: "%", most: 2 },
  { what: "slowest agent, of the median", value: quota.slowest * 100, unit: "%", least: 33 },
  { what: "calls that failed", value: quota.failures, unit: "", most: 0 },
  { what: "outage: calls that failed", value: outage.failures, unit: "", most: 3 },
  { what: "outage: agents that continue", value: outage.active, unit: "", least: AGENTS },
  { what: "outage: until all continue", value: outage.backMs / 1_000, unit: "s", most: 10 },
]);
