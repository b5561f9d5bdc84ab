/** Agents that take one step in each life of the program, seen through its server, for benchmarks. */

import type { TroupeClient } from "../dist/index.js";

/** Requests for so many agents, which take one step and rest. */
export function creates(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    action: "create_agent",
    actor: "bench",
    agentId: `agent${n}`,
    payload: { agent_type: "probe", config: { interval_ms: 3_600_000 } },
  }));
}

/**
 * Resolves once so many agents have stored a step of this generation. Subscribes first and then reads
 * once, so that no step is missed and no poll slows the start.
 */
export async function allStepped(
  client: TroupeClient,
  generation: number,
  agentCount: number,
): Promise<void> {
  const stepped = new Set<string>();
  const done = Promise.withResolvers<void>();
  const count = (agentId: string) => {
    stepped.add(agentId);
    if (stepped.size === agentCount) done.resolve();
  };
  const look = async () => {
    for await (const row of client.agents()) {
      if (row.generation >= generation && row.iteration >= generation) count(row.agent_id);
    }
  };
  const ending = new AbortController();
  const follow = async () => {
    const events = client.events({
      types: ["agent.step"],
      signal: ending.signal,
      onConnection: ({ isOpen }) => {
        if (isOpen) look().catch(done.reject);
      },
    });
    for await (const event of events) {
      if (event.type === "gap") await look();
      else if (event.data.generation >= generation) count(event.data.agent_id);
    }
  };
  const following = follow();
  await Promise.race([done.promise, following]);
  ending.abort();
  await following;
}
