/** The program with agents that have effects on a service that counts them, and what its books must say. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentRow } from "../../src/model/agent.ts";
import type { Database } from "./database.ts";
import { buyerModule, callName, type EffectLedger } from "./effect-ledger.ts";

/** The program's options. */
export async function setUp({ folder }: Database, env: Readonly<Record<string, string>> = {}) {
  const agents = join(folder, "agents");
  await mkdir(agents);
  await writeFile(join(agents, "buyer.mjs"), buyerModule);
  return { cwd: folder, env: { TROUPE_AGENTS: agents, TROUPE_LOG: "error", ...env } };
}

export async function createBuyer(
  database: Database,
  { url }: EffectLedger,
  id: string,
  orders = 1_000_000,
) {
  const config = { interval_ms: 0, url, orders };
  await database.queue.agentCreate(id, "test", { agentType: "buyer", config });
}

/** The effect that the agent is held for. */
export function heldFor({ status, last_error }: AgentRow): string | undefined {
  if (status !== "paused" || last_error?.code !== "EFFECT_UNKNOWN") return undefined;
  return String(last_error.details?.["effect_id"]);
}

/** Orders that are complete. */
export function ordersIn(context: string): number {
  return (JSON.parse(context) as { readonly orders: number } | null)?.orders ?? 0;
}

/** @param orders that are complete */
export function checkBooks({ calls }: EffectLedger, agent: string, orders: number): string[] {
  const violations: string[] = [];
  // One step more may have begun.
  for (let order = 1; order <= orders + 1; order += 1) {
    const isComplete = order <= orders;
    for (const kind of ["retry", "skip", "ask"]) {
      const name = callName({ agent, order, kind });
      const keys = calls.get(name) ?? [];
      const said = `${name} was called ${keys.length} times`;
      if (new Set(keys).size > 1) violations.push(`${said}, with the keys ${keys}`);
      if (kind !== "retry" && keys.length > 1) violations.push(said);
      if (kind !== "skip" && isComplete && keys.length === 0) violations.push(said);
    }
  }
  return violations;
}
