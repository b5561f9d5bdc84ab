/** Agents that write what they do outside to a ledger, and whose threads die at a place that a test names. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newActionId, parseAgentId } from "../../../src/model/ids.ts";
import type { ManagedAgent } from "../../../src/supervisor/managed-agent.ts";
import { Fleet, type FleetOptions } from "../../support/fleet.ts";
import { startAgent } from "../../support/supervised-agents.ts";
import { until } from "../../support/until.ts";

export const id = parseAgentId("agent1");

/** `note` writes a line to the ledger; `ctx.config.die` names the place where the first thread ends. */
const prelude = `
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
const note = (ctx, line) => appendFileSync(ctx.config.ledger, line + "\\n");
const dieOnce = (ctx, place) => {
  if (ctx.config.die !== place || existsSync(ctx.config.ledger + place)) return;
  writeFileSync(ctx.config.ledger + place, "");
  process.exit(3);
};`;

export interface Ledger {
  readonly fleet: Fleet;
  readonly lines: () => readonly string[];
  /** Makes a file that the agent's code looks for. */
  readonly write: (name: string) => void;
  readonly start: (config?: object) => Promise<ManagedAgent>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** @param more of the agent's definition, next to its step */
export async function withLedger(
  step: string,
  options: FleetOptions = {},
  more = "",
): Promise<Ledger> {
  const fleet = await Fleet.start({ destroyTimeoutMs: 200, ...options });
  const ledger = join(fleet.database.folder, "ledger");
  await fleet.addType(
    "buyer",
    `${prelude} export default { type: "buyer", ${more} async step(ctx) { ${step} } };`,
  );
  return {
    fleet,
    lines: () => readLines(ledger),
    write: (name) => writeFileSync(ledger + name, ""),
    start: async (config = {}) => {
      const given = { ledger, interval_ms: 10, ...config };
      await startAgent(
        fleet.supervisor,
        id,
        { agentType: "buyer", subject: null, config: given },
        newActionId(),
      );
      return await until(() => fleet.supervisor.find(id));
    },
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

/** Buys once, then is done. */
export const buys = (options: string) => `
  const receipt = await ctx.once("buy", async ({ idempotencyKey }) => {
    dieOnce(ctx, "before");
    note(ctx, idempotencyKey);
    dieOnce(ctx, "inside");
    return { receipt: 7 };
  }, ${options});
  dieOnce(ctx, "after");
  return { result: receipt ?? "skipped", done: true };`;

/** That of the first step that succeeds. */
export async function result(ledger: Ledger): Promise<string | null> {
  await ledger.fleet.event(
    ({ type, data }) => type === "agent.step" && (data as { status: string }).status === "ok",
  );
  return (await ledger.fleet.database.store.steps.list(id)).items[0]?.result ?? null;
}
