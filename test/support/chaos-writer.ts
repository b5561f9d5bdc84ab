/**
 * Appends random actions until stdin closes; prints each once it is acknowledged, as a line of JSON.
 * Arguments: database, number of agents, how many of them may be destroyed, a number of
 * its own, and a seed.
 */

import { setTimeout as delay } from "node:timers/promises";
import { openQueue, TroupeError } from "troupe";
import { chanceOf } from "./chance.ts";

const [location = "", agents = "1", mortals = "0", writer = "0", seed = "0"] =
  process.argv.slice(2);
const chance = chanceOf(Number(seed) + Number(writer));
/** Milliseconds between two actions, at most. */
const PAUSE_MS_MAX = 40;

let isOver = false;
process.stdin.on("end", () => {
  isOver = true;
});
process.stdin.resume();

await using queue = await openQueue(location);
for (let n = Number(writer); !isOver; n += 3) {
  const index = Math.floor(chance() * Number(agents));
  const agentId = `chaos${index}`;
  const action = choose(index < Number(mortals));
  // What is not acknowledged may be stored or not: nobody counts on it.
  const id = await append(action, agentId, n).catch(refused);
  if (id !== undefined) console.log(JSON.stringify({ id, action, agentId, n }));
  await delay(chance() * PAUSE_MS_MAX);
}

function refused(error: unknown): undefined {
  if (!(error instanceof TroupeError) || error.code !== "STORE_UNAVAILABLE") throw error;
}

function choose(isMortal: boolean): string {
  const drawn = chance();
  if (isMortal && drawn < 0.1) return "agent_destroy";
  if (isMortal && drawn < 0.3) return "create_agent";
  if (drawn < 0.5) return "agent_pause";
  if (drawn < 0.75) return "agent_resume";
  return "agent_interrupt";
}

async function append(action: string, agentId: string, n: number): Promise<string | undefined> {
  const mode = n % 2 === 0 ? "next" : "now";
  const payloads: Record<string, Record<string, unknown>> = {
    create_agent: { agent_type: "ledger", config: { interval_ms: 200 } },
    agent_interrupt: { guidance: { n }, mode },
  };
  const payload = { agent_id: agentId, ...payloads[action] };
  const urgency = n % 10 === 0 ? 1 : 0;
  const [id] = await queue.enqueue([
    { action, actor: `writer${writer}`, agentId, payload, urgency },
  ]);
  return id;
}
