/**
 * An agent that keeps others running: each step creates the workers that do not run. Agents have no
 * access to the queue, so this one uses REST like any other client.
 *
 *   npx troupe agent create boss --type manager \
 *     --config '{"workers": 2, "url": "http://127.0.0.1:7878", "tokenFile": "data/troupe/token"}'
 */

import { readFile } from "node:fs/promises";
import { defineAgent } from "troupe";

interface Config {
  readonly workers: number;
  readonly url: string;
  /** Not the token itself, which would be stored with the agent. */
  readonly tokenFile: string;
}

interface Listed {
  readonly items: readonly { readonly agent_id: string; readonly status: string }[];
}

export default defineAgent<Config>({
  type: "manager",
  interval_ms: 1_000,
  config: (input) => ({
    workers: Number(input["workers"] ?? 1),
    url: String(input["url"] ?? "http://127.0.0.1:7878"),
    tokenFile: String(input["tokenFile"] ?? "data/troupe/token"),
  }),
  async step({ agentId, config, signal }) {
    const authorization = `Bearer ${(await readFile(config.tokenFile, "utf8")).trim()}`;
    const listed = await fetch(`${config.url}/api/agents?q=${agentId}-`, {
      headers: { authorization },
      signal,
    });
    const { items } = (await listed.json()) as Listed;
    const ended = new Set(["stopped", "error"]);
    const alive = new Set(items.filter((agent) => !ended.has(agent.status)).map((a) => a.agent_id));
    const wanted = Array.from({ length: config.workers }, (_, n) => `${agentId}-${n + 1}`);
    const missing = wanted.filter((id) => !alive.has(id));
    for (const id of missing) {
      // Harmless if this step runs again: an agent that exists is left alone.
      await fetch(`${config.url}/api/agents`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ agent_id: id, actor: agentId, initial_subject: "work" }),
        signal,
      });
    }
    return { result: missing.length === 0 ? "all run" : `created ${missing.join(", ")}` };
  },
});
