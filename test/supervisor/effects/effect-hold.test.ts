/** What a resolution does to the agent that waits for it, and to the effect. */

import { expect, test, vi } from "vitest";
import type { EffectRow } from "../../../src/model/effect.ts";
import { newActionId } from "../../../src/model/ids.ts";
import type { ManagedAgent } from "../../../src/supervisor/managed-agent.ts";
import { until } from "../../support/until.ts";
import { buys, id, type Ledger, result, withLedger } from "./buyer-ledger.ts";

const asks = buys('{ unknown: "ask" }');
const done = { outcome: "done", valueJson: '{"receipt":8}' } as const;

async function bought({ fleet }: Ledger): Promise<EffectRow> {
  const [row] = await fleet.database.store.effects.pages.listOfStep(id, 1);
  if (row === undefined) throw new Error("the step has no effect");
  return row;
}

function resolve({ fleet }: Ledger, effectId: string): Promise<void> {
  return fleet.supervisor.resolveEffect({ agentId: id, effectId, resolution: done }, newActionId());
}

function isHeld({ record }: ManagedAgent): boolean {
  return record.row.status === "paused" && record.row.last_error?.code === "EFFECT_UNKNOWN";
}

test("a resolution that arrives while the agent is about to be paused lets it continue", async () => {
  await using ledger = await withLedger(asks);
  const { reads } = ledger.fleet.database.store.effects;
  const find = reads.find.bind(reads);
  // The first to look for the effect is the one who asks: it is resolved before the answer arrives.
  const spied = vi.spyOn(reads, "find").mockImplementationOnce(async (effectId) => {
    const before = await find(effectId);
    await resolve(ledger, effectId);
    return before;
  });
  const agent = await ledger.start({ die: "before" });
  expect(await result(ledger)).toBe('{"receipt":8}');
  spied.mockRestore();
  expect(agent.record.row.paused).toBe(false);
});

test("an agent whose effect is resolved has no error that names it", async () => {
  await using ledger = await withLedger(asks);
  const agent = await ledger.start({ die: "before" });
  await until(() => isHeld(agent));
  await resolve(ledger, (await bought(ledger)).effect_id);
  expect(agent.record.row.last_error).toBeNull();
  const { agents } = ledger.fleet.database.store;
  expect(await agents.find(id)).toMatchObject({ paused: false, last_error: null });
  await result(ledger);
});

test("an agent that somebody else has paused stays paused, without the error", async () => {
  await using ledger = await withLedger(`
    if (existsSync(ctx.config.ledger + "before") && ctx.config.die === "before") {
      note(ctx, "told");
      while (!existsSync(ctx.config.ledger + "go")) await ctx.sleep(5);
    }
    ${asks}`);
  const agent = await ledger.start({ die: "before" });
  await until(() => ledger.lines().includes("told"));
  await agent.pause(newActionId());
  ledger.write("go");
  await until(() => agent.record.row.last_error?.code === "EFFECT_UNKNOWN");
  await resolve(ledger, (await bought(ledger)).effect_id);
  const { agents } = ledger.fleet.database.store;
  expect(await agents.find(id)).toMatchObject({ paused: true, last_error: null });
});

test("a resolved effect took as long as its call, and not until the resolution", async () => {
  await using ledger = await withLedger(asks);
  const agent = await ledger.start({ die: "before" });
  await until(() => isHeld(agent));
  const unknown = await bought(ledger);
  expect(unknown.ended_at).toBeGreaterThanOrEqual(unknown.started_at);
  await until(() => Date.now() > (unknown.ended_at ?? 0) + 2);
  await resolve(ledger, unknown.effect_id);
  expect(await bought(ledger)).toMatchObject({ state: "done", ended_at: unknown.ended_at });
  await result(ledger);
});
