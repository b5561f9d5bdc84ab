/**
 * How long agents need to be back after `kill -9` in the middle of a step: with three effects of that step
 * already stored, and with none. The two cases alternate, and each run has its own database.
 */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type TroupeClient } from "../dist/index.js";
import { Program } from "../test/support/program.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { agents } from "./fleet.ts";
import { allStepped } from "./fleet-steps.ts";
import { percentile, report } from "./report.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);
const EFFECTS = 3;
/** Milliseconds within which all agents must be in their step. */
const OPEN_MS_MAX = 300_000;
/** Greatest ratio to agents without effects. */
const AIM = 1.1;

const without: number[] = [];
const withEffects: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  without.push(await measureReturn(0));
  withEffects.push(await measureReturn(EFFECTS));
}
const medianWithout = percentile(without, 0.5);
report("open-turns", [
  { what: `${AGENTS} agents back after kill -9 in a step`, value: medianWithout, unit: "ms" },
  {
    what: `  with ${EFFECTS} effects each in that step`,
    value: percentile(withEffects, 0.5),
    unit: "ms",
    limit: medianWithout,
    aim: AIM,
  },
]);

/** Milliseconds from the start after the kill until each agent has stored the step that was open. */
async function measureReturn(effects: number): Promise<number> {
  await using folder = await makeTempFolder();
  const gate = join(folder.path, "gate");
  {
    await using program = startProgram(folder.path);
    const client = await clientOf(program);
    const connected = Promise.withResolvers<void>();
    const open = allOpen(client, connected.resolve);
    // A step that is open before the stream is connected would not be counted.
    await Promise.race([connected.promise, open]);
    await client.enqueue(
      Array.from({ length: AGENTS }, (_, n) => ({
        action: "create_agent",
        actor: "bench",
        agentId: `agent${n}`,
        payload: { agent_type: "open-turn", config: { effects, gate } },
      })),
    );
    await open;
    await program.end("SIGKILL");
  }
  await writeFile(gate, "");
  const begun = performance.now();
  await using program = startProgram(folder.path);
  await allStepped(await clientOf(program), 1, AGENTS);
  const tookMs = performance.now() - begun;
  await program.end();
  return tookMs;
}

function startProgram(cwd: string): Program {
  const env = { TROUPE_AGENTS: agents, TROUPE_LLM: "offline", TROUPE_LOG: "warn" };
  return new Program({ cwd, env });
}

async function clientOf(program: Program): Promise<TroupeClient> {
  const line = await program.line(/^Troupe serves at /);
  return connect(line.slice(line.indexOf("http")));
}

/** Resolves once each agent has all effects of its step. @throws {Error} if that takes too long */
async function allOpen(client: TroupeClient, onConnected: () => void): Promise<void> {
  const open = new Set<string>();
  const events = client.events({
    types: ["agent.progress"],
    signal: AbortSignal.timeout(OPEN_MS_MAX),
    onConnection: ({ isOpen }) => {
      if (isOpen) onConnected();
    },
  });
  for await (const event of events) {
    if (event.type !== "agent.progress") throw new Error(`events were lost: ${event.type}`);
    open.add(event.agent_id ?? "");
    if (open.size === AGENTS) return;
  }
  throw new Error(`${open.size} of ${AGENTS} agents are in their step after ${OPEN_MS_MAX} ms`);
}
