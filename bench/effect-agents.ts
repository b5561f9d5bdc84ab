/** What effects cost agents: real threads, from the call of `ctx.once` until its promise resolves. */

import { setTimeout as delay } from "node:timers/promises";
import { createAgents } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { percentile } from "./report.ts";

const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 5);

export interface OnceFigures {
  /** Of the first call of a step, which waits until the step before is stored. */
  readonly firstP50Ms: number;
  /** Of the further ones. */
  readonly furtherP50Ms: number;
  readonly furtherP99Ms: number;
  readonly perSecond: number;
}

/** @param calls of one step, each after the other */
export async function measureOnce(
  agents: number,
  { calls, intervalMs = 0 }: { readonly calls: number; readonly intervalMs?: number },
): Promise<OnceFigures> {
  await using fleet = await startFleet();
  const { troupe } = fleet;
  await createAgents(troupe, agents, "buyer", { interval_ms: intervalMs, calls });
  await delay(1_000);
  const first: number[] = [];
  const further: number[] = [];
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type !== "agent.step") return;
    const [one = Number.NaN, ...others] = JSON.parse(event.data.result ?? "[]") as number[];
    first.push(one);
    further.push(...others);
  });
  const begun = performance.now();
  await delay(SECONDS * 1_000);
  const seconds = (performance.now() - begun) / 1_000;
  return {
    firstP50Ms: percentile(first, 0.5),
    furtherP50Ms: percentile(further, 0.5),
    furtherP99Ms: percentile(further, 0.99),
    perSecond: (first.length + further.length) / seconds,
  };
}
