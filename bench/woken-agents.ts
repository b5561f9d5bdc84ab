/** Interrupts to agents that rest, for benchmarks: when the step that used each one started and was known. */

import { setTimeout as delay } from "node:timers/promises";
import type { TroupeClient } from "../src/index.ts";
import type { AgentId } from "../src/model/ids.ts";
import { openStore } from "../src/store/store.ts";

/** Agents whose steps are read at the same time. */
const READS_AT_ONCE = 16;
/** Newest steps of an agent among which the use of its one interrupt must be. */
const STEPS_READ_MAX = 10;

/** An interrupt that was sent. */
export interface Sent {
  readonly agentId: AgentId;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Undefined if the request was not answered. */
  readonly actionId: string | undefined;
}

/** The step that used an interrupt, in milliseconds since the epoch. */
interface Use {
  readonly startedAt: number;
  /** When a client knew that it is stored. */
  readonly knownAt: number;
}

/** Follows the steps of a program, over its restarts. */
export class StepWatch implements AsyncDisposable {
  readonly #client: TroupeClient;
  readonly #uses = new Map<string, Use>();
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;
  #onUse = Promise.withResolvers<void>();

  constructor(client: TroupeClient) {
    this.#client = client;
    this.#following = this.#follow();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    for await (const event of this.#client.events({ types: ["agent.step"], signal })) {
      if (event.type !== "agent.step") continue; // a gap
      const { guidance_used: ids, started_at: startedAt } = event.data;
      for (const id of ids ?? []) this.#uses.set(id, { startedAt, knownAt: Date.now() });
      if ((ids ?? []).length === 0) continue;
      this.#onUse.resolve();
      this.#onUse = Promise.withResolvers();
    }
  }

  /**
   * The milliseconds from each interrupt until its step started, and until it was known; those that were
   * not used within `ms` milliseconds are left out.
   */
  async wakes(sent: readonly Sent[], ms: number) {
    const end = performance.now() + ms;
    const answered = sent.flatMap(({ actionId, at }) =>
      actionId === undefined ? [] : [{ id: actionId, at }],
    );
    while (answered.some(({ id }) => !this.#uses.has(id)) && performance.now() < end) {
      await Promise.race([this.#onUse.promise, delay(1_000)]);
    }
    return answered.flatMap(({ id, at }) => {
      const use = this.#uses.get(id);
      return use === undefined ? [] : { startMs: use.startedAt - at, knownMs: use.knownAt - at };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#following;
  }
}

/** Sends one interrupt to each agent, spread over `ms` milliseconds; a request may fail. */
export async function interruptEach(
  client: TroupeClient,
  agentIds: readonly AgentId[],
  ms: number,
): Promise<readonly Sent[]> {
  const begun = performance.now();
  const sent = agentIds.map(async (agentId, n): Promise<Sent> => {
    await delay(Math.max(0, begun + (n * ms) / agentIds.length - performance.now()));
    const at = Date.now();
    const action = client.agentInterrupt(agentId, "bench", {});
    return { agentId, at, actionId: await action.catch(() => undefined) };
  });
  return await Promise.all(sent);
}

/** Interrupts all in one request. */
export async function interruptTogether(
  client: TroupeClient,
  agentIds: readonly AgentId[],
): Promise<readonly Sent[]> {
  const at = Date.now();
  const ids = await client.enqueue(
    agentIds.map((agentId) => ({
      action: "agent_interrupt",
      actor: "bench",
      payload: { agent_id: agentId, guidance: {} },
    })),
  );
  return agentIds.map((agentId, n) => ({ agentId, at, actionId: ids[n] }));
}

/**
 * Resolves once a stored step has used each interrupt, or after `ms` milliseconds. The end of an interrupt is
 * too early: guidance that was accepted before a crash comes back after it, and its agent steps later.
 */
export async function untilUsed(
  client: TroupeClient,
  sent: readonly Sent[],
  ms: number,
): Promise<void> {
  const end = performance.now() + ms;
  let waiting = sent;
  while (waiting.length > 0 && performance.now() < end) {
    const left: Sent[] = [];
    for (let first = 0; first < waiting.length; first += READS_AT_ONCE) {
      const some = waiting.slice(first, first + READS_AT_ONCE);
      const used = await Promise.all(some.map((one) => isUsed(client, one)));
      left.push(...some.filter((_, n) => !used[n]));
    }
    waiting = left;
    if (waiting.length > 0) await delay(1_000);
  }
}

async function isUsed(client: TroupeClient, { agentId, actionId = "" }: Sent): Promise<boolean> {
  const { items } = await client.stepPage(agentId, { limit: STEPS_READ_MAX });
  return items.some(({ guidance_used: ids }) => ids?.includes(actionId) === true);
}

/** How often stored steps have used each interrupt, by action, in a database that no process runs. */
export async function countUses(
  location: string,
  agentIds: readonly AgentId[],
): Promise<ReadonlyMap<string, number>> {
  await using store = await openStore({ location, janitor: {} });
  const uses = new Map<string, number>();
  for (let first = 0; first < agentIds.length; first += READS_AT_ONCE) {
    const some = agentIds.slice(first, first + READS_AT_ONCE);
    const pages = await Promise.all(some.map((id) => store.steps.list(id)));
    for (const { guidance_used: ids } of pages.flatMap(({ items }) => items)) {
      for (const id of ids ?? []) uses.set(id, (uses.get(id) ?? 0) + 1);
    }
  }
  return uses;
}
