/** The verbs of every way to a fleet: what they refuse, and the effects that one of them resolves. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Shard, shardOf } from "../../src/model/shard.ts";
import { FleetWays, wayNames } from "../support/fleet-ways.ts";
import { inPages } from "../support/in-pages.ts";
import { refusal } from "../support/refusal.ts";
import { seedTracedAgent } from "../support/traced-agent.ts";

/** An agent with effects in the database, and one in each shard. */
const traced = {
  server: ["traced"],
  tables: ["traced"],
  shards: ["traced-ann", "traced-eve"],
} as const;

let ways: FleetWays;
beforeAll(async () => {
  ways = await FleetWays.start(async (folder, shard) => {
    const agents = shard === null ? traced.server : traced.shards.filter((id) => isIn(shard, id));
    for (const agentId of agents) await seedTracedAgent(folder, agentId, { shard });
  });
});
afterAll(() => ways[Symbol.asyncDispose]());

function isIn({ index, count }: Shard, agentId: string): boolean {
  return shardOf(agentId, count) === index;
}

const HOUR_MS = 3_600_000;

describe.each(wayNames)("a fleet through its %s", (way) => {
  test("lists the effects of a step, oldest first, in pages", async () => {
    const fleet = ways.fleets[way];
    for (const agentId of traced[way]) {
      const paged = await inPages(2, (page) => fleet.stepEffectPage(agentId, 2, page));
      expect(paged).toMatchObject([
        { agent_id: agentId, name: "Ask", input: { question: "how" }, value: { text: "Dear Ann" } },
        { agent_id: agentId, name: "mail", state: "failed", error: { code: "AGENT_STEP_FAILED" } },
        { agent_id: agentId, name: "mail", state: "done", value: "sent" },
      ]);
      expect(await Array.fromAsync(fleet.stepEffects(agentId, 2))).toEqual(paged);
      expect(await fleet.stepEffectPage(agentId, 1)).toEqual({ items: [], next_cursor: null });
    }
    const nobody = fleet.stepEffectPage("nobody", 1);
    expect(await refusal(nobody)).toBe("AGENT_UNKNOWN");
  });

  test("lists all effects, newest first, with filters, in pages, and finds one", async () => {
    const fleet = ways.fleets[way];
    const all = await inPages(2, (page) => fleet.effectPage(page));
    const ids = all.map(({ effect_id }) => effect_id);
    for (const [n, id] of ids.entries()) if (n > 0) expect(id < (ids[n - 1] ?? "")).toBe(true);
    expect(all).toHaveLength(4 * traced[way].length);
    const unknown = await Array.fromAsync(fleet.effects({ state: "unknown" }));
    expect(new Set(unknown.map(({ agent_id }) => agent_id))).toEqual(new Set(traced[way]));
    const [agentId] = traced[way];
    const own = await Array.fromAsync(fleet.effects({ agentId }));
    expect(own).toEqual(all.filter(({ agent_id }) => agent_id === agentId));
    for (const effect of unknown) expect(await fleet.effectFind(effect.effect_id)).toEqual(effect);
    expect(await fleet.effectFind("none")).toBeUndefined();
  });

  test("resolves an unknown effect by an action about its agent, and no other", async () => {
    const fleet = ways.fleets[way];
    const later = { notBefore: Date.now() + HOUR_MS };
    for await (const { effect_id, agent_id } of fleet.effects({ state: "unknown" })) {
      const resolution = { outcome: "done", value: [7] } as const;
      const id = await fleet.effectResolve(effect_id, "ann", resolution, later);
      const payload = { agent_id, effect_id, outcome: "done", value: [7] };
      expect(await fleet.actionFind(id)).toMatchObject({
        ...{ action: "effect_resolve", agent_id, actor: "ann", payload },
      });
      await fleet.actionCancel(id, "ann");
    }
    const [done] = (await fleet.effectPage({ state: "done" })).items;
    const retry = { outcome: "retry" } as const;
    expect(await refusal(fleet.effectResolve(done?.effect_id ?? "", "ann", retry))).toBe(
      "EFFECT_SETTLED",
    );
    expect(await refusal(fleet.effectResolve("none", "ann", retry))).toBe("EFFECT_NOT_FOUND");
  });

  test("refuses options that are no object literal, and an action that names two agents", async () => {
    const fleet = ways.fleets[way];
    const options = new Map([["notBefore", Date.now() + HOUR_MS]]) as never;
    const pause = { action: "agent_pause", actor: "ann", payload: { agent_id: "two" } } as const;
    for (const refused of [
      fleet.agentPause("two", "ann", "why", options),
      fleet.agentCreate("two", "ann", options),
      fleet.agentInterrupt("two", "ann", {}, [] as never),
      fleet.enqueue([{ ...pause, agentId: "one" }]),
    ]) {
      expect(await refusal(refused)).toBe("ACTION_MALFORMED");
    }
    for (const agentId of ["one", "two"]) {
      expect(await fleet.actionPage({ agentId })).toEqual({ items: [], next_cursor: null });
    }
  });
});
