/** Effects in every way to a fleet: what is read of them, and the verb that resolves one. */

import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { connect, openQueue } from "../../src/index.ts";
import { defined } from "../../src/model/defined.ts";
import type { ListPage, PageRequest } from "../../src/model/list-page.ts";
import { type Shard, shardOf } from "../../src/model/shard.ts";
import { Control, type ControlOptions } from "../support/control.ts";
import { refusal } from "../support/refusal.ts";
import { makeTempFolder, type TempFolder } from "../support/temp-folder.ts";
import { seedTracedAgent } from "../support/traced-agent.ts";

let control: Control;
const shards: Control[] = [];
let fleets: Readonly<Record<Way, Fleet>>;
const ways = ["server", "tables", "shards"] as const;
type Way = (typeof ways)[number];

const folders: TempFolder[] = [];
/** An agent with effects in the database, and one in each shard. */
const traced = {
  server: ["traced"],
  tables: ["traced"],
  shards: ["traced-ann", "traced-eve"],
} as const;

/** A server on a database with such an agent. */
async function startTraced(
  agentId: string,
  flags: NonNullable<ControlOptions["flags"]> = {},
  shard: Shard | null = null,
): Promise<Control> {
  const folder = await makeTempFolder();
  folders.push(folder);
  await seedTracedAgent(folder.path, agentId, { shard });
  return await Control.start({ flags, folder: folder.path });
}

beforeAll(async () => {
  control = await startTraced(traced.server[0]);
  const { url, token } = control.troupe.server;
  const tables = await openQueue(`${control.folder}/data/troupe`);
  fleets = { server: connect(url, { token }), tables, shards: await startShards() };
});
afterAll(async () => {
  await fleets.tables.close();
  await Promise.all([control, ...shards].map((one) => one.close()));
  await Promise.all(folders.map((folder) => folder[Symbol.asyncDispose]()));
});

/** Two shards, in folders of their own. */
async function startShards(): Promise<Fleet> {
  const token = "the-token-of-both-shards";
  for (const agentId of traced.shards) {
    const index = shardOf(agentId, 2);
    const flags = { shard: `${index}/2`, token };
    shards[index] = await startTraced(agentId, flags, { index, count: 2 });
  }
  const addresses = shards.map(({ troupe }) => troupe.server.url);
  const fleet = `${shards[0]?.folder}/fleet.json`;
  await writeFile(fleet, JSON.stringify({ shards: addresses.length, addresses }));
  return connect({ fleet, token });
}

const HOUR_MS = 3_600_000;

/** All items of a list, read in pages of two. */
async function inPages<T>(read: (page: PageRequest) => Promise<ListPage<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(defined({ limit: 2, cursor }));
    expect(page.items.length).toBeLessThanOrEqual(2);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

describe.each(ways)("a fleet through its %s", (way) => {
  test("lists the effects of a step, oldest first, in pages", async () => {
    const fleet = fleets[way];
    for (const agentId of traced[way]) {
      const paged = await inPages((page) => fleet.stepEffectPage(agentId, 2, page));
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
    const fleet = fleets[way];
    const all = await inPages((page) => fleet.effectPage(page));
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
    const fleet = fleets[way];
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
});
