/** Requests about an agent of another shard are refused, with the address of the right server. */

import { isObject } from "../../model/parse-json.ts";
import { checkAgent, type ShardDoor } from "../../model/shard-door.ts";
import type { App } from "../routes/route-parts.ts";

/** After access and validation: who may not use the server learns nothing, and ids are valid. */
export function guardShard(app: App, door: ShardDoor | undefined): void {
  if (door === undefined) return;
  app.addHook("preHandler", async ({ params }) => {
    const agentId = isObject(params) ? params["agent_id"] : undefined;
    if (typeof agentId === "string") checkAgent(door, agentId);
  });
}
