/** A fleet and a provider in simulated time: every agent calls, waits for its answer, rests, and calls again. */

import { Governor, type Ticket } from "../../../src/llm/governor/governor.ts";
import type { AnswerHeaders } from "../../../src/llm/governor/granted-rates.ts";
import type { QuotaChange } from "../../../src/llm/governor/quota.ts";
import type { Model } from "../../../src/llm/model-client.ts";
import { resolveModels } from "../../../src/llm/models.ts";
import type { NamedModel } from "../../../src/model/named-model.ts";

export type SimulatedAnswer =
  | { readonly status: 200 | 429; readonly headers: AnswerHeaders }
  | { readonly status: 503 };

/** Decides on an agent's request that arrives at a time in milliseconds. */
export type SimulatedProvider = (now: number, agent: number) => SimulatedAnswer;

export interface SimulatedOptions {
  readonly agents: number;
  readonly provider: SimulatedProvider;
  readonly latencyMs?: number;
  readonly restMs?: number;
  readonly model?: Partial<NamedModel>;
  readonly onChange?: (change: QuotaChange) => void;
}

interface Call {
  readonly agent: number;
}

export class SimulatedFleet {
  /** When each request arrived, by which agent, and its answer's status. */
  readonly requests: { readonly at: number; readonly agent: number; readonly status: number }[] =
    [];
  /** Calls that failed in the end. */
  failed = 0;
  readonly governor: Governor<Call>;
  readonly #options: SimulatedOptions;
  readonly #models: readonly [Model];

  constructor(options: SimulatedOptions) {
    this.#options = options;
    const given = { provider: "openai-generic", base_url: "http://simulated/v1", ...options.model };
    const file = { path: "models.json", models: new Map([["default", given]]) };
    const { all } = resolveModels({ provider: "auto", concurrency: 64, env: {}, models: file });
    this.#models = [all[0] as Model];
    this.governor = new Governor(64, {
      start: (ticket) => this.#request(ticket),
      onTick: () => undefined,
      onChange: (_, change) => options.onChange?.(change),
    });
    this.governor.reconfigure(this.#models, 64);
  }

  start(): void {
    for (let agent = 0; agent < this.#options.agents; agent++) this.#call(agent);
  }

  /** Requests that were answered well, by agent, from a time on. */
  answersByAgent(from: number): readonly number[] {
    const counts = Array.from({ length: this.#options.agents }, () => 0);
    for (const { at, agent, status } of this.requests) {
      if (at >= from && status === 200) counts[agent] = (counts[agent] ?? 0) + 1;
    }
    return counts;
  }

  count(status: number, from: number, to = Number.POSITIVE_INFINITY): number {
    return this.requests.filter((one) => one.status === status && one.at >= from && one.at < to)
      .length;
  }

  #call(agent: number): void {
    this.governor.enter({ agentId: `agent${agent}`, item: { agent }, models: this.#models });
  }

  #request(ticket: Ticket<Call>): void {
    const { latencyMs = 400 } = this.#options;
    const { agent } = ticket.call.item;
    const at = performance.now();
    const answer = this.#options.provider(at, agent);
    this.requests.push({ at, agent, status: answer.status });
    // A refusal comes faster than an answer.
    const takesMs = answer.status === 200 ? latencyMs * (0.5 + (agent % 10) / 10) : latencyMs / 10;
    setTimeout(() => this.#answer(ticket, answer), takesMs);
  }

  #answer(ticket: Ticket<Call>, answer: SimulatedAnswer): void {
    const { restMs = 1_000 } = this.#options;
    const { agent } = ticket.call.item;
    if (answer.status === 503) this.governor.end(ticket, { kind: "failed", reason: "503" }, {});
    else {
      const kind = answer.status === 200 ? "answered" : "limited";
      this.governor.end(ticket, { kind, tokens: 100 }, answer.headers);
    }
    const isDone = answer.status === 200 || !this.governor.retry(ticket);
    if (answer.status !== 200 && isDone) this.failed += 1;
    if (isDone) setTimeout(() => this.#call(agent), restMs);
    this.governor.startDue();
  }
}

export interface LimitOptions {
  readonly perMinute: number;
  /** Whether a refusal names a time. */
  readonly saysWhen?: boolean;
  /** Adds headers to every answer. */
  readonly headers?: (remaining: number, resetMs: number) => AnswerHeaders;
}

/** So many requests in each minute of the provider's clock. */
export function fixedWindow({
  perMinute,
  saysWhen = true,
  headers,
}: LimitOptions): SimulatedProvider {
  let window = -1;
  let count = 0;
  return (now) => {
    const current = Math.floor(now / 60_000);
    if (current !== window) count = 0;
    window = current;
    const resetMs = (current + 1) * 60_000 - now;
    const isAccepted = count < perMinute;
    if (isAccepted) count += 1;
    const said: AnswerHeaders = headers?.(perMinute - count, resetMs) ?? {};
    if (isAccepted) return { status: 200, headers: said };
    const retry: AnswerHeaders = saysWhen
      ? { "retry-after": String(Math.ceil(resetMs / 1_000)) }
      : {};
    return { status: 429, headers: { ...said, ...retry } };
  };
}

/** Fills up gradually, and holds the requests of ten seconds. */
export function fillingBucket({
  perMinute,
  saysWhen = true,
  headers,
}: LimitOptions): SimulatedProvider {
  const rate = perMinute / 60_000;
  const size = rate * 10_000;
  let level = size;
  let last: number | undefined;
  return (now) => {
    level = Math.min(size, level + (now - (last ?? now)) * rate);
    last = now;
    const isAccepted = level >= 1;
    if (isAccepted) level -= 1;
    const said: AnswerHeaders = headers?.(Math.floor(level), (size - level) / rate) ?? {};
    if (isAccepted) return { status: 200, headers: said };
    const retry: AnswerHeaders = saysWhen
      ? { "retry-after": String(Math.ceil((1 - level) / rate / 1_000)) }
      : {};
    return { status: 429, headers: { ...said, ...retry } };
  };
}
