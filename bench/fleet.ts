/** A fleet in this process on its own database, for benchmarks. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import type { Troupe } from "../dist/main.js";
import { loadSettings } from "../src/settings/config.ts";

/** The folder of the agents that benchmarks run. */
export const agents = fileURLToPath(new URL("./agents", import.meta.url));

export interface Fleet extends AsyncDisposable {
  readonly troupe: Troupe;
  readonly location: string;
}

/**
 * Starts the built program's parts, not the sources: their threads load one small file.
 * @param prepare fills the database before the start
 * @param set settings other than the default, by their names in the program
 */
export async function startFleet(
  prepare: (location: string) => Promise<void> = async () => undefined,
  set: Readonly<Record<string, string>> = {},
): Promise<Fleet> {
  const { startTroupe } = await import("../dist/main.js");
  const folder = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  const location = join(folder, "troupe");
  const settings = loadSettings({
    flags: { db: location, agents, llm: "offline", port: "0", ...set },
    env: {},
  });
  await prepare(location);
  const troupe = await startTroupe(settings, pino({ level: "warn" }));
  return {
    troupe,
    location,
    [Symbol.asyncDispose]: async () => {
      await troupe.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once the interrupt is durable. */
export async function interrupt(
  { queue }: Troupe,
  agentId: string,
  guidance: Readonly<Record<string, unknown>>,
): Promise<void> {
  const payload = { agent_id: agentId, guidance };
  await queue.append([{ action: "agent_interrupt", actor: "bench", agent_id: agentId, payload }]);
}

/** Resolves once `count` different agents, whose ids begin with `name`, have stored a step. */
export async function steps(troupe: Troupe, count: number, name = ""): Promise<void> {
  const seen = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type !== "agent.step" || !event.data.agent_id.startsWith(name)) return;
    seen.add(event.data.agent_id);
    if (seen.size === count) resolve();
  });
  await promise;
}
