/** Creates agents by the hundred, for benchmarks. */

import type { Troupe } from "../dist/main.js";
import { steps } from "./fleet.ts";

/** Creates agents `<name>0`, `<name>1` and so on; resolves once each has stored a step. */
export async function createAgents(
  troupe: Troupe,
  count: number,
  agent_type: string,
  config: Readonly<Record<string, unknown>>,
  name = "agent",
): Promise<void> {
  const stepped = steps(troupe, count, name);
  await troupe.queue.append(
    Array.from({ length: count }, (_, n) => creation(`${name}${n}`, agent_type, config)),
  );
  await stepped;
}

/** The request that creates one. */
export function creation(
  agentId: string,
  agent_type: string,
  config: Readonly<Record<string, unknown>>,
) {
  const payload = { agent_id: agentId, agent_type, config };
  return { action: "create_agent", actor: "bench", agent_id: agentId, payload };
}
