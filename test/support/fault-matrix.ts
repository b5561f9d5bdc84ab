/**
 * The fault matrix: an agent for each fate beside healthy ones, in the real program as a child
 * process. Says of each how it ended, what its row says, and what the others noticed.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentRow } from "../../src/model/agent.ts";
import type { ActionView, ListedRow } from "../../src/model/agent-view.ts";
import type { FateName } from "./agents/fates.ts";
import { Database } from "./database.ts";
import { inPages } from "./in-pages.ts";
import { Program } from "./program.ts";
import { startScriptedModel } from "./scripted-model.ts";
import { until } from "./until.ts";

const agents = fileURLToPath(new URL("./agents", import.meta.url));
const HEALTHY = 20;
const INTERVAL_MS = 200;
const GRACE_MS = 500;
const MEMORY_MB = 256;

/** How an agent of this fate must end, asked to or by itself. */
export interface Expectation {
  /** It is destroyed once its fate has begun; otherwise it ends in `error` by itself. */
  readonly isDestroyed: boolean;
  /** The rung that ends it, where it is destroyed; several where the machine decides. */
  readonly rungs?: readonly string[];
  /** The code that its row keeps. */
  readonly code?: string;
  /** It goes on: steps are stored before it is destroyed. */
  readonly isGoingOn?: boolean;
}

const cooperative = { isDestroyed: true, rungs: ["cooperative"] };
const terminated = { isDestroyed: true, rungs: ["terminated"] };
const goesOn = { ...cooperative, isGoingOn: true };
const fails = (code: string) => ({ isDestroyed: false, code });
const outOfMemory = fails("AGENT_OUT_OF_MEMORY");

export const expectations: Readonly<Record<FateName, Expectation>> = {
  busy_loop: terminated,
  regexp: terminated,
  atomics_wait: terminated,
  wasm_loop: terminated,
  exec_sync: { isDestroyed: true, rungs: ["zombie"] },
  json_parse: { isDestroyed: true, rungs: ["terminated", "zombie"] },
  throws: fails("AGENT_STEP_FAILED"),
  rejects: fails("AGENT_STEP_FAILED"),
  rejects_unheard: fails("AGENT_EXITED"),
  process_exit: fails("AGENT_EXITED"),
  stack_overflow: fails("AGENT_STEP_FAILED"),
  heap_arrays: outOfMemory,
  heap_one_array: outOfMemory,
  heap_map: outOfMemory,
  heap_strings: outOfMemory,
  buffers: outOfMemory,
  typed_arrays: outOfMemory,
  shared_buffers: outOfMemory,
  wasm_memory: outOfMemory,
  report_flood: goesOn,
  giant_result: goesOn,
  cyclic_result: { ...goesOn, code: "AGENT_REPORT_INVALID" },
  bigint_context: { ...goesOn, code: "AGENT_REPORT_INVALID" },
  garbage_on_port: goesOn,
  closes_port: goesOn,
  never_resolves: terminated,
  swallows_abort: terminated,
  hangs_in_model_call: cooperative,
  spawns_worker: cooperative,
  leaks_timers: goesOn,
  holds_lock: cooperative,
  crashes_in_setup: fails("AGENT_START_FAILED"),
  crashes_in_on_stop: goesOn,
  changes_directory: fails("AGENT_STEP_FAILED"),
  breaks_prototypes: { isDestroyed: true },
  reads_keys: goesOn,
  native_addon: fails("AGENT_ADDON_REFUSED"),
};

export interface FateResult {
  readonly fate: FateName;
  readonly row: AgentRow;
  readonly created: ActionView;
  /** Milliseconds from the request to end it, or from its start, to its end. */
  readonly tookMs: number;
  /** Longest time between two steps of any healthy agent meanwhile, in their interval. */
  readonly worstGap: number;
  /** Healthy agents whose row shows that something has happened to them. */
  readonly disturbed: readonly string[];
  readonly isProcessAlive: boolean;
}

type StepsByAgent = ReadonlyMap<string, readonly { iteration: number; started_at: number }[]>;

/** A program with its healthy agents, in which fates are met one after the other. */
export class FaultMatrix implements AsyncDisposable {
  readonly #database: Database;
  readonly #program: Program;
  readonly #opened: AsyncDisposableStack;

  private constructor(database: Database, program: Program, opened: AsyncDisposableStack) {
    this.#database = database;
    this.#program = program;
    this.#opened = opened;
  }

  static async open(): Promise<FaultMatrix> {
    await using opened = new AsyncDisposableStack();
    const model = opened.use(await startScriptedModel({ answer: () => "hang" }));
    const database = opened.use(await Database.make());
    await database.store.configs.change("fates", { restart: "temporary" }, Date.now());
    const env = {
      TROUPE_AGENTS: agents,
      TROUPE_LLM: "openai-generic",
      TROUPE_LLM_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: "sk-very-secret",
      TROUPE_DESTROY_TIMEOUT_MS: String(GRACE_MS),
      TROUPE_AGENT_MEMORY_MB: String(MEMORY_MB),
      TROUPE_LOG: "warn",
    };
    const program = opened.use(await Program.start({ cwd: database.folder, env }));
    const config = { interval_ms: INTERVAL_MS };
    for (let n = 0; n < HEALTHY; n += 1) {
      await database.queue.agentCreate(`healthy${n}`, "matrix", { agentType: "ledger", config });
    }
    await database.agents(HEALTHY, (row) => row.iteration > 0);
    return new FaultMatrix(database, program, opened.move());
  }

  async meet(fate: FateName): Promise<FateResult> {
    const database = this.#database;
    const mark = join(database.folder, fate);
    const config = { fate, mark, interval_ms: INTERVAL_MS };
    const begunAt = Date.now();
    const create = database.queue.agentCreate(fate, "matrix", { agentType: "fates", config });
    await until(() => existsSync(mark));
    const { row, tookMs } = await this.#awaitEnd(fate, begunAt);
    const created = await database.processed(create);
    return { fate, row, created, tookMs, ...(await this.#lookAtOthers(begunAt)) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }

  async #awaitEnd(fate: FateName, begunAt: number): Promise<{ row: AgentRow; tookMs: number }> {
    const database = this.#database;
    const { isDestroyed, isGoingOn } = expectations[fate];
    if (!isDestroyed) {
      const row = await database.status(fate, "error");
      return { row, tookMs: (row.ended_at ?? Number.NaN) - begunAt };
    }
    if (isGoingOn === true) await database.agent(fate, (row) => row.iteration >= 3);
    await database.processed(database.queue.agentDestroy(fate, "matrix"));
    const row = await database.status(fate, "stopped");
    return { row, tookMs: row.exit_reason?.took_ms ?? Number.NaN };
  }

  /**
   * Waits until each healthy agent has taken another step from here on and its row has that step, and looks
   * at their rhythm.
   */
  async #lookAtOthers(since: number) {
    const now = Date.now();
    const next = await until(async () => {
      const steps = await this.#stepsOfOthers(now);
      return steps.size === HEALTHY && steps;
    });
    const disturbed = await this.#findDisturbed(next);
    let worstMs = 0;
    for (const steps of (await this.#stepsOfOthers(since)).values()) {
      const starts = steps.map(({ started_at }) => started_at);
      const gaps = starts.slice(1).map((at, i) => (starts[i] ?? at) - at);
      worstMs = Math.max(worstMs, ...gaps);
    }
    return { worstGap: worstMs / INTERVAL_MS, disturbed, isProcessAlive: this.#program.isAlive };
  }

  /** Rows follow their steps within a second. */
  async #findDisturbed(steps: StepsByAgent): Promise<readonly string[]> {
    const { agents } = this.#database.store;
    const rows = await until(async () => {
      const { items } = await agents.list({ type: "ledger", limit: HEALTHY });
      const hasStep = ({ agent_id, iteration }: ListedRow) =>
        iteration >= (steps.get(agent_id)?.[0]?.iteration ?? Number.POSITIVE_INFINITY);
      return items.every(hasStep) && items;
    });
    return rows
      .filter(({ status, restarts }) => status !== "running" || restarts > 0)
      .map(({ agent_id }) => agent_id);
  }

  /** The stored steps of the healthy agents that started since then, newest first, by agent. */
  async #stepsOfOthers(since: number): Promise<StepsByAgent> {
    const { fleetSteps } = this.#database.store;
    const filter = { type: "ledger", since };
    const ended = await inPages(1_000, (page) => fleetSteps.list({ ...filter, ...page }));
    const steps = ended.filter(({ started_at }) => started_at >= since);
    return Map.groupBy(steps, ({ agent_id }) => agent_id);
  }
}
