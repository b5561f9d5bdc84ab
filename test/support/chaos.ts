/**
 * Chaos: many agents, random actions from three processes, and the program killed again and again.
 * Afterwards the tables are held against what must be true whatever happened.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ActionRow } from "../../src/model/action.ts";
import type { AgentRow } from "../../src/model/agent.ts";
import { chanceOf } from "./chance.ts";
import { Database } from "./database.ts";
import { inPages } from "./in-pages.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

const agentsFolder = fileURLToPath(new URL("./agents", import.meta.url));
const writerFile = fileURLToPath(new URL("./chaos-writer.ts", import.meta.url));
const WRITERS = 3;
/** Steps of one agent that one commit may hold here, at five steps a second. */
const STEPS_IN_FLUSH_MAX = 5;

export interface ChaosOptions {
  readonly agents: number;
  /** The first of them may be destroyed and created again. */
  readonly mortals: number;
  readonly kills: number;
  /** Milliseconds between two kills: from half of it to one and a half. */
  readonly killEveryMs: number;
  /** Of the writers' choices and the moments of the kills. */
  readonly seed: number;
}

/** One action that a writer was told is durable. */
interface Acknowledged {
  readonly id: string;
  readonly action: string;
  readonly agentId: string;
  readonly n: number;
}

export interface ChaosResult {
  readonly actions: number;
  readonly steps: number;
  readonly repeatedSteps: number;
  /** What was found untrue; empty when all is well. */
  readonly violations: readonly string[];
}

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  await using database = await Database.make();
  const program = {
    cwd: database.folder,
    env: { TROUPE_AGENTS: agentsFolder, TROUPE_LOG: "error" },
  };
  await createAgents(database, options);
  const chance = chanceOf(options.seed);
  const acknowledged: Acknowledged[] = [];
  const writers = Array.from({ length: WRITERS }, (_, n) =>
    startWriter(database, options, n, acknowledged),
  );
  for (let kill = 0; kill < options.kills; kill += 1) {
    await using doomed = await Program.start(program);
    await delay(options.killEveryMs * (0.5 + chance()));
    await doomed.end("SIGKILL");
  }
  await Promise.all(writers.map(endWriter));
  await using last = await Program.start(program);
  await until(async () => (await database.store.queue.countPending()) === 0);
  await last.end("SIGTERM");
  return await check(database, options, acknowledged);
}

async function createAgents({ queue }: Database, { agents }: ChaosOptions): Promise<void> {
  const config = { interval_ms: 200 };
  await queue.enqueue(
    Array.from({ length: agents }, (_, n) => ({
      action: "create_agent",
      actor: "chaos",
      agentId: `chaos${n}`,
      payload: { agent_id: `chaos${n}`, agent_type: "ledger", config },
    })),
  );
}

function startWriter(
  database: Database,
  { agents, mortals, seed }: ChaosOptions,
  n: number,
  acknowledged: Acknowledged[],
): ChildProcess {
  const args = [writerFile, database.location, ...[agents, mortals, n, seed].map(String)];
  const writer = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  if (writer.stdout === null) throw new Error("a writer has no output");
  createInterface(writer.stdout).on("line", (line) =>
    acknowledged.push(JSON.parse(line) as Acknowledged),
  );
  return writer;
}

async function endWriter(writer: ChildProcess): Promise<void> {
  const ended = once(writer, "close");
  writer.stdin?.end();
  await ended;
}

async function check(
  database: Database,
  options: ChaosOptions,
  acknowledged: readonly Acknowledged[],
): Promise<ChaosResult> {
  const actions = await readActions(database);
  const rows = (await database.store.agents.listWhole({ limit: 1_000 })).items;
  const violations = [
    ...checkActions(actions, acknowledged),
    ...checkRows(rows, options),
    ...rows.flatMap((row) => checkGuidance(row, actions, acknowledged, options)),
  ];
  let steps = 0;
  let repeatedSteps = 0;
  for (const row of rows) {
    const iterations = (await database.steps(row.agent_id)).map((step) => step.iteration);
    const repeated = iterations.length - new Set(iterations).size;
    steps += iterations.length;
    repeatedSteps += repeated;
    violations.push(...checkSteps(row, iterations, options.kills));
  }
  return { actions: actions.size, steps, repeatedSteps, violations };
}

async function readActions({ store }: Database): Promise<ReadonlyMap<string, ActionRow>> {
  const rows = await inPages(1_000, (page) => store.queue.list(page));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Nothing acknowledged is lost, and everything ended done or for a reason. */
function checkActions(
  actions: ReadonlyMap<string, ActionRow>,
  acknowledged: readonly Acknowledged[],
): string[] {
  const lost = acknowledged.filter(({ id }) => !actions.has(id));
  const unended = [...actions.values()].filter((row) => !row.processed || row.outcome === "dead");
  // A create that a destroy met before its setup had ended is refused as well.
  const refusals = ["AGENT_NOT_RUNNING", "AGENT_START_STOPPED", "AGENT_UNKNOWN", "GUIDANCE_LIMIT"];
  const wronged = [...actions.values()].filter(
    (row) => row.outcome === "rejected" && !refusals.includes(row.error?.code ?? ""),
  );
  return [
    ...lost.map(({ id, action }) => `${action} ${id} was acknowledged and is lost`),
    ...unended.map(({ id, action, outcome }) => `${action} ${id} ended ${outcome}`),
    ...wronged.map(({ id, action, error }) => `${action} ${id} was rejected: ${error?.code}`),
  ];
}

/** One row for each agent, and none that says it runs: the program has ended. */
function checkRows(rows: readonly AgentRow[], { agents }: ChaosOptions): string[] {
  const ids = new Set(rows.map((row) => row.agent_id));
  const busy = rows.filter(({ status }) => !["restarting", "paused", "stopped"].includes(status));
  return [
    ...(rows.length === agents && ids.size === agents
      ? []
      : [`${rows.length} rows of ${ids.size} agents`]),
    ...busy.map((row) => `${row.agent_id} says ${row.status} after the end`),
  ];
}

/**
 * No iteration is missing. Steps are stored before the state that they led to, so a kill between the
 * two has the steps of one flush taken again, or leaves them ahead of a row that then ended.
 */
function checkSteps(row: AgentRow, iterations: readonly number[], kills: number): string[] {
  const distinct = new Set(iterations);
  const last = Math.max(0, ...distinct);
  const isWhole = distinct.size === last && last >= row.iteration;
  const extra = iterations.length - row.iteration;
  const isBounded = extra <= kills * STEPS_IN_FLUSH_MAX;
  const said = `${row.agent_id}: ${iterations.length} steps up to ${last}, its row says ${row.iteration}`;
  return isWhole && isBounded ? [] : [said];
}

/** Every interrupt that was done was used once, or waits; those of mortals may have died with them. */
function checkGuidance(
  row: AgentRow,
  actions: ReadonlyMap<string, ActionRow>,
  acknowledged: readonly Acknowledged[],
  { mortals }: ChaosOptions,
): string[] {
  const seen = (JSON.parse(row.context) as { readonly seen: readonly number[] } | null)?.seen ?? [];
  const waiting = row.pending_guidance.map(({ guidance }) => Number(guidance["n"]));
  const all = [...seen, ...waiting];
  const violations =
    new Set(all).size === all.length ? [] : [`${row.agent_id} was told twice: ${all}`];
  if (Number(row.agent_id.slice("chaos".length)) < mortals) return violations;
  const done = acknowledged.filter(
    ({ id, action, agentId }) =>
      agentId === row.agent_id &&
      action === "agent_interrupt" &&
      actions.get(id)?.outcome === "done",
  );
  const missing = done.filter(({ n }) => !all.includes(n));
  return [...violations, ...missing.map(({ n }) => `${row.agent_id} was never told ${n}`)];
}
