/**
 * One process with very many agents of which few are hot: how long a start takes, what the resting ones
 * cost in memory and processor time, how soon an interrupt wakes one, whether a thousand interrupts in a
 * minute lose any, and whether each that was answered is used exactly once if the process is killed in
 * between.
 *
 * What the resting agents cost is measured while the hot ones rest as well, because they are paused.
 */

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { allocatorSettings } from "../src/heart/allocator.ts";
import { connect } from "../src/index.ts";
import { History } from "../src/model/history.ts";
import { type AgentId, parseAgentId } from "../src/model/ids.ts";
import { openStore } from "../src/store/store.ts";
import { newAgentRow } from "../src/supervisor/new-agent-row.ts";
import { Program } from "../test/support/program.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { agents } from "./fleet.ts";
import { percentOfCore, residentBytes } from "./process-figures.ts";
import { percentile, report } from "./report.ts";
import {
  countUses,
  interruptEach,
  interruptTogether,
  StepWatch,
  untilUsed,
} from "./woken-agents.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 100_000);
const HOT = Number(process.env["BENCH_HOT"] ?? 300);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 20);
const WOKEN = Number(process.env["BENCH_WOKEN"] ?? 1_000);
/** In which that many interrupts are sent, at the same distance. */
const WOKEN_MS = WOKEN * 55;
/** Of a step of the hot ones. */
const INTERVAL_MS = 1_000;
/** Above that interval: the hot ones keep their threads. */
const IDLE_MS = 3_000;
const RESULTS = 20;
/** Rows that are recorded at the same time while the database is filled. */
const ROWS_AT_ONCE = 2_000;
/** Until the load of a start is over. */
const SETTLE_MS = 10_000;
const WAIT_MS = 60_000;
const TOKEN = "a-token-for-the-benchmark";

const hot = idsOf("hot", HOT);
const resting = idsOf("resting", AGENTS - HOT);

await using folder = await makeTempFolder();
const db = join(folder.path, "troupe");
await fill();
await using running = new AsyncDisposableStack();
const begun = performance.now();
let program = await start("0");
const startMs = performance.now() - begun;
const [, url = ""] = /(http:\S+)\/\?token=/.exec(await program.line(/^Troupe serves/)) ?? [];
await using client = connect(url, { token: TOKEN });
await untilHot(HOT);
const hotMs = performance.now() - begun;
await delay(SETTLE_MS);
const bytes = residentBytes(program.pid);
const percentWithHot = await percentOfCore(program.pid, SECONDS);
await steerHot("agent_pause");
await untilHot(0);
await delay(SETTLE_MS);
const percent = await percentOfCore(program.pid, SECONDS);
await steerHot("agent_resume");
await untilHot(HOT);
const watch = running.use(new StepWatch(client));
const paced = await watch.wakes(
  await interruptEach(client, resting.slice(0, WOKEN), WOKEN_MS),
  WAIT_MS,
);
await untilHot(HOT);
const burstBegun = performance.now();
const burst = await watch.wakes(
  await interruptTogether(client, resting.slice(WOKEN, 2 * WOKEN)),
  WAIT_MS,
);
const burstMs = performance.now() - burstBegun;
await untilHot(HOT);
const killed = await interruptAndKill(resting.slice(2 * WOKEN, 3 * WOKEN));

const [starts, ends] = [paced.map(({ startMs }) => startMs), paced.map(({ knownMs }) => knownMs)];
report("residency", [
  {
    what: `start with ${AGENTS} agents until it serves`,
    value: startMs / 1_000,
    unit: "s",
    most: 10,
  },
  { what: `  until ${HOT} of them are hot`, value: hotMs / 1_000, unit: "s" },
  { what: "memory of the process", value: bytes / 2 ** 20, unit: "MiB", most: 3_072 },
  {
    what: `processor time, ${HOT} stepping each second`,
    value: percentWithHot,
    unit: "% of a core",
  },
  { what: "  while these rest, too", value: percent, unit: "% of a core", most: 2 },
  {
    what: `${WOKEN} interrupts within a minute, lost`,
    value: WOKEN - paced.length,
    unit: "",
    most: 0,
  },
  { what: "  until the step starts, median", value: percentile(starts, 0.5), unit: "ms" },
  { what: "    99 %", value: percentile(starts, 0.99), unit: "ms" },
  {
    what: "  until a client knows that it is stored, median",
    value: percentile(ends, 0.5),
    unit: "ms",
    most: 50,
  },
  { what: "    99 %", value: percentile(ends, 0.99), unit: "ms" },
  { what: `${WOKEN} at the same time, lost`, value: WOKEN - burst.length, unit: "", most: 0 },
  { what: "  until all steps are stored", value: burstMs / 1_000, unit: "s", most: 60 },
  { what: `${WOKEN} with a kill -9 in between, answered`, value: killed.answered, unit: "" },
  { what: "  of them used exactly once", value: killed.once, unit: "", least: killed.answered },
  { what: "  used twice, whether answered or not", value: killed.twice, unit: "", most: 0 },
  { what: "  serves again after", value: killed.backMs / 1_000, unit: "s", most: 10 },
]);

function idsOf(name: string, count: number): readonly AgentId[] {
  return Array.from({ length: count }, (_, n) => parseAgentId(`${name}${n}`));
}

/** As steps of an earlier process have left them. */
async function fill(): Promise<void> {
  await using store = await openStore({ location: db, janitor: {} });
  const all = [...hot.map(hotRow), ...resting.map(restingRow)];
  for (let first = 0; first < all.length; first += ROWS_AT_ONCE) {
    await Promise.all(
      all.slice(first, first + ROWS_AT_ONCE).map((row) => store.agents.record(row)),
    );
  }
  await store.compact();
}

function hotRow(id: AgentId) {
  const config = { interval_ms: INTERVAL_MS, rhythm_ms: INTERVAL_MS };
  return {
    ...newAgentRow(id, { agentType: "restless", subject: null, config }, 1),
    ...placeOf(id),
  };
}

function restingRow(id: AgentId) {
  const row = newAgentRow(id, { agentType: "waiter", subject: "cats", config: {} }, 1);
  return { ...row, ...placeOf(id), next_on: "guidance" as const };
}

function placeOf(id: AgentId) {
  const entries = Array.from({ length: RESULTS }, (_, n) => ({
    iteration: n + 1,
    subject: "cats",
    result: `A joke of about the length that a model tells, number ${n}, of ${id}.`,
    at: Date.now(),
  }));
  return {
    status: "running",
    generation: 1,
    iteration: RESULTS,
    history: new History(entries),
  } as const;
}

/** The built program as its heart starts it, but without one: a killed one stays dead. */
async function start(port: string): Promise<Program> {
  return running.use(
    await Program.start({
      cwd: folder.path,
      env: {
        ...allocatorSettings,
        TROUPE_DB: db,
        TROUPE_PORT: port,
        TROUPE_TOKEN: TOKEN,
        TROUPE_AGENTS: agents,
        TROUPE_LLM: "offline",
        TROUPE_LOG: "error",
        TROUPE_IDLE_MS: String(IDLE_MS),
      },
    }),
  );
}

async function steerHot(action: "agent_pause" | "agent_resume"): Promise<void> {
  const ids = await client.enqueue(
    hot.map((agent_id) => ({ action, actor: "bench", payload: { agent_id } })),
  );
  for (const id of ids) await client.actionWait(id, WAIT_MS);
}

/** Resolves once so many agents have a thread. */
async function untilHot(count: number): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const text = await (await fetch(`${url}/metrics`, { headers })).text();
    const [, found] = /^troupe_agents_residency\{residency="hot"\} (\d+)$/m.exec(text) ?? [];
    if (Number(found) === count) return;
    if (performance.now() > end) throw new Error(`${found} agents are hot, expected ${count}`);
    await delay(200);
  }
}

/** Ends with the program. */
async function interruptAndKill(agentIds: readonly AgentId[]) {
  const sending = interruptEach(client, agentIds, WOKEN_MS);
  await delay(WOKEN_MS / 2);
  await program.end("SIGKILL");
  const killedAt = performance.now();
  program = await start(new URL(url).port);
  const backMs = performance.now() - killedAt;
  const answered = (await sending).filter(({ actionId }) => actionId !== undefined);
  await untilUsed(client, answered, WAIT_MS);
  await program.end();
  const uses = await countUses(db, agentIds);
  return {
    answered: answered.length,
    once: answered.filter(({ actionId = "" }) => uses.get(actionId) === 1).length,
    twice: [...uses.values()].filter((count) => count > 1).length,
    backMs,
  };
}
