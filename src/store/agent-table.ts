/**
 * The table `agent_state`, one row per agent, and the one write path of agents: a step and the state
 * it led to are recorded together, and all that gathers is stored with two commits.
 */

import { type AgentRow, type AgentStatus, agentStatuses, isAlive } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import type { StepRow } from "../model/step.ts";
import { BatchedLookup } from "./batched-lookup.ts";
import { type EncodedRow, encodeRow } from "./codec.ts";
import { decodeCursor, type Page, type PageOptions, pageLimit, toPage } from "./cursor.ts";
import { GroupCommit } from "./group-commit.ts";
import { all, any, LIST_VALUES_MAX, predicatesOf } from "./predicate.ts";
import type { StoredTable } from "./stored-table.ts";

export interface AgentFilter extends PageOptions {
  readonly status?: AgentStatus;
  readonly type?: string;
  /** Part of the agent's id or of its subject, whatever the case. */
  readonly q?: string;
}

/** Least milliseconds between two flushes: bounds the commits, and so the versions, a second. */
const FLUSH_GAP_MS = 10;
/** Records that may be gathered before {@link AgentTable.ready} makes callers wait. */
const RECORDS_READY = 2_000;
/** Records that may be gathered at all; a further one is refused with `STORE_UNAVAILABLE`. */
const RECORDS_MAX = 20_000;

interface Recorded {
  readonly agentId: string;
  readonly row: EncodedRow;
  readonly step: EncodedRow | undefined;
}

const has = predicatesOf("agent_state");

export class AgentTable {
  readonly #table: StoredTable<"agent_state">;
  readonly #steps: StoredTable<"agent_steps">;
  readonly #records: GroupCommit<Recorded>;
  readonly #lookup = new BatchedLookup((ids) => this.#findAll(ids), LIST_VALUES_MAX);

  constructor(table: StoredTable<"agent_state">, steps: StoredTable<"agent_steps">) {
    this.#table = table;
    this.#steps = steps;
    this.#records = new GroupCommit({
      name: "agent_state",
      flush: (records) => this.#flush(records),
      gapMs: FLUSH_GAP_MS,
      weightReady: RECORDS_READY,
      weightMax: RECORDS_MAX,
    });
  }

  /** How full the gathering is: from 1 on {@link ready} waits. */
  get pressure(): number {
    return this.#records.pressure;
  }

  /** Backpressure: await this before taking the next report of an agent. */
  ready(): Promise<void> {
    return this.#records.ready();
  }

  /**
   * Stores an agent's row, and the step that led to it; resolves when both are durable. Of several
   * rows of one agent the last one called with wins; steps are all kept. Steps are stored before
   * states: a crash between the two leaves a step whose state is missing, never the reverse.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; `details.stored` is `steps` where only the states
   * failed, and then recording the step again would store it twice.
   * @throws TypeError where a JSON column has no JSON text.
   */
  async record(row: AgentRow, step?: StepRow): Promise<void> {
    await this.#records.add({
      agentId: row.agent_id,
      row: encodeRow("agent_state", row),
      step: step && encodeRow("agent_steps", step),
    });
  }

  /** The agent's row. Look-ups that come together share a query. */
  find(agentId: string): Promise<AgentRow | undefined> {
    return this.#lookup.find(agentId);
  }

  /**
   * Agents by id.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  async list(options: AgentFilter = {}): Promise<Page<AgentRow>> {
    const limit = pageLimit(options.limit);
    const { status, type, q, cursor } = options;
    const rows = await this.#table.read<AgentRow>({
      where: all(
        status && has.is("status", status),
        type === undefined ? undefined : has.is("agent_type", type),
        q ? any(has.contains("agent_id", q), has.contains("current_subject", q)) : undefined,
        cursor === undefined ? undefined : isAfter(cursor),
      ),
      order: [{ column: "agent_id", direction: "up" }],
      limit: limit + 1,
    });
    return toPage(rows, limit, (row) => [row.agent_id]);
  }

  /** All agents that are meant to have a thread: as many rows as threads are possible. */
  loadAlive(): Promise<readonly AgentRow[]> {
    const ended = agentStatuses.filter((status) => !isAlive(status));
    return this.#table.read<AgentRow>({ where: has.isNotIn("status", ended) });
  }

  /** The highest epoch that any row was written in; 0 in an empty table. */
  async maxEpoch(): Promise<number> {
    const [row] = await this.#table.read<{ epoch: number }>({
      columns: ["epoch"],
      order: [{ column: "epoch", direction: "down" }],
      limit: 1,
    });
    return row?.epoch ?? 0;
  }

  /** Resolves once everything recorded so far is durable or has failed. */
  drain(): Promise<void> {
    return this.#records.drain();
  }

  /** Drains; what is recorded afterwards is refused. */
  close(): Promise<void> {
    return this.#records.close();
  }

  async #findAll(agentIds: readonly string[]): Promise<ReadonlyMap<string, AgentRow>> {
    const rows = await this.#table.read<AgentRow>({
      where: has.isIn("agent_id", agentIds),
      // The newest last, so that it is the one that stays in the map.
      order: [{ column: "updated_at", direction: "up" }],
    });
    return new Map(rows.map((row) => [row.agent_id, row]));
  }

  async #flush(records: readonly Recorded[]): Promise<void> {
    const steps = records.map(({ step }) => step).filter((step) => step !== undefined);
    await this.#steps.append(steps);
    const rows = new Map(records.map(({ agentId, row }) => [agentId, row]));
    // One writer, so the key needs no declaration as primary, which costs 60 KB a commit.
    try {
      await this.#table.merge([...rows.values()], { key: "agent_id", isInserting: true });
    } catch (cause) {
      throw steps.length === 0 ? cause : statesFailed(cause);
    }
  }
}

function statesFailed(cause: unknown): TroupeError {
  return new TroupeError("STORE_UNAVAILABLE", "the steps were stored, their states were not", {
    cause,
    details: { table: "agent_state", stored: "steps" },
  });
}

function isAfter(cursor: string) {
  const [agentId = ""] = decodeCursor(cursor, ["string"]);
  return has.isAbove("agent_id", agentId);
}
