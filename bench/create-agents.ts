/** Agents by the hundred, for benchmarks. */

import type { Troupe } from "../dist/main.js";
import { steps } from "./fleet.ts";

/** Creates agents `<name>0` and on; resolves once each has stored a step. */
export async function createAgents(
  troupe: Troupe,
  count: number,
  agent_type: string,
  config: Readonly<Record<string, unknown>>,
  name = "agent",
): Promise<void> {
  const stepped = steps(troupe, count, name);
  await troupe.queue.enqueue(
    Array.from({ length: count }, (_, n) => ({
      action: "create_agent",
      actor: "bench",
      agentId: `${name}${n}`,
      payload: { agent_id: `${name}${n}`, agent_type, config },
    })),
  );
  await stepped;
}
