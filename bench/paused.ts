/**
 * What a paused fleet holds: memory of the process before it has agents, while all run with a thread, after
 * they were paused and have given their threads back, and after a restart, compared with the empty process.
 */

import { setTimeout as delay } from "node:timers/promises";
import { connect, type TroupeClient } from "../src/index.ts";
import { Program } from "../test/support/program.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { agents } from "./fleet.ts";
import { residentBytes } from "./process-figures.ts";
import { report } from "./report.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
/** Of a step; below the idle time, so that all keep their threads until they are paused. */
const INTERVAL_MS = 3_000;
const IDLE_MS = 8_000;
/** Until V8 has returned the pages of ended threads. */
const SETTLE_MS = 30_000;
const WAIT_MS = 180_000;
const TOKEN = "a-token-for-the-benchmark";

await using folder = await makeTempFolder();
const ids = Array.from({ length: AGENTS }, (_, n) => `agent${n}`);
const first = await run(async (client, read) => {
  await delay(5_000);
  const empty = read();
  const config = { interval_ms: INTERVAL_MS, rhythm_ms: INTERVAL_MS };
  await steer(client, "create_agent", { agent_type: "restless", config });
  const hot = read();
  await steer(client, "agent_pause", {});
  await untilAllRest(client);
  await delay(SETTLE_MS);
  return { empty, hot, paused: read() };
});
const restarted = await run(async (_client, read) => {
  await delay(10_000);
  return read();
});
const unit = "MiB";
report("paused", [
  { what: "memory of a process without agents", value: first.empty, unit },
  { what: `  with ${AGENTS} that run`, value: first.hot, unit },
  { what: "  after all were paused and rest", value: first.paused, unit },
  { what: "  after a restart", value: restarted, unit },
  {
    what: `${AGENTS} paused agents after a restart, above the empty process`,
    value: restarted - first.empty,
    unit,
    most: 200,
  },
]);

/** @param use gets a function that reads the memory in MiB */
async function run<T>(use: (client: TroupeClient, read: () => number) => Promise<T>): Promise<T> {
  await using program = await Program.start({
    cwd: folder.path,
    env: {
      TROUPE_TOKEN: TOKEN,
      TROUPE_AGENTS: agents,
      TROUPE_LLM: "offline",
      TROUPE_LOG: "error",
      TROUPE_IDLE_MS: String(IDLE_MS),
    },
  });
  const [, url = ""] = /(http:\S+)\/\?token=/.exec(await program.line(/^Troupe serves/)) ?? [];
  await using client = connect(url, { token: TOKEN });
  const result = await use(client, () => residentBytes(program.pid) / 2 ** 20);
  await program.end();
  return result;
}

async function steer(
  client: TroupeClient,
  action: "create_agent" | "agent_pause",
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  const sent = await client.enqueue(
    ids.map((agent_id) => ({ action, actor: "bench", payload: { ...payload, agent_id } })),
  );
  for (const id of sent) await client.actionWait(id, WAIT_MS);
}

async function untilAllRest(client: TroupeClient): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    let hot = 0;
    for await (const { residency } of client.agents()) if (residency === "hot") hot += 1;
    if (hot === 0) return;
    if (performance.now() > end) throw new Error(`${hot} agents still have a thread`);
    await delay(1_000);
  }
}
