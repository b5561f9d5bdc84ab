/**
 * The table `agent_state`, one row per agent, and the one write path of agents: a step and the state
 * it led to are recorded together, and all records that gather are stored with two commits.
 */

import { type AgentRow, type AgentStatus, agentStatuses, isAlive } from "../../model/agent.ts";
import type { AgentFilter } from "../../model/agent-filter.ts";
import type { ListedRow } from "../../model/agent-view.ts";
import { TroupeError } from "../../model/errors.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import type { StepRow } from "../../model/step.ts";
import { inTimeSlices } from "../../time-slices.ts";
import { BatchedLookup } from "../lance/batched-lookup.ts";
import { cutByText, type EncodedRow, encodeRow } from "../lance/codec.ts";
import { GroupCommit } from "../lance/group-commit.ts";
import { all, LIST_VALUES_MAX, predicatesOf } from "../lance/predicate.ts";
import { StoreRetry } from "../lance/retry-until-stored.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { listAgents, listWholeAgents } from "./agent-pages.ts";
import type { StepTable } from "./step-table.ts";

/** Least milliseconds between two flushes, to bound the commits, and so the versions, per second. */
const FLUSH_GAP_MS = 10;
/** Records that may be gathered before {@link AgentTable.ready} makes callers wait. */
const RECORDS_READY = 2_000;
/** Records encoded between two checks of the time slice: about a millisecond. */
const ENCODE_BATCH = 100;
/**
 * Most gathered records; a further one is refused with `STORE_UNAVAILABLE`. While the store fails each
 * agent adds a handful and then waits (`UNSTORED_STEPS_MAX` in actor/loop.ts); a start records all living
 * agents together.
 */
const RECORDS_MAX = 1_000_000;
/** Rows, and characters of text in them, of one commit. */
const COMMIT_ROWS_MAX = 5_000;
const COMMIT_TEXT_MAX = 64 * 1024 * 1024;

interface Recorded {
  readonly row: AgentRow;
  readonly step: StepRow | undefined;
  /** Why it can never be stored; set by the flush. */
  fault?: unknown;
}

const has = predicatesOf("agent_state");

/** A row of a later epoch belongs to another process and is left alone. */
const isOurs = "target.epoch is null or target.epoch <= source.epoch";

export class AgentTable {
  readonly #table: StoredTable<"agent_state">;
  readonly #steps: StepTable;
  readonly #records: GroupCommit<Recorded>;
  readonly #retry = new StoreRetry();
  readonly #onLost: (error: TroupeError) => void;
  readonly #lookup = new BatchedLookup((ids) => this.#findAll(ids), LIST_VALUES_MAX);

  /** @param onLost called if a row turns out to be of a later epoch than ours. */
  constructor(
    table: StoredTable<"agent_state">,
    steps: StepTable,
    onLost: (error: TroupeError) => void = () => undefined,
  ) {
    this.#onLost = onLost;
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

  /** Gathered records as a share of the most: from 1 on {@link ready} waits. */
  get pressure(): number {
    return this.#records.pressure;
  }

  /** Backpressure: await this before taking the next report of an agent. */
  ready(): Promise<void> {
    return this.#records.ready();
  }

  /**
   * Stores an agent's row, and the step that led to it; resolves when both are durable. The last of
   * several rows of one agent wins; steps are all kept, in order, each once. Steps are stored before
   * states: a crash in between leaves a step whose state is missing, never the reverse. A failing store
   * is retried without limit.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if too many records wait, or after
   * {@link stopRetryingAfter}; `DATABASE_LOST` if another process has taken over; `RECORD_INVALID` if
   * this record can never be stored, while the others are.
   */
  async record(row: AgentRow, step?: StepRow): Promise<void> {
    const recorded: Recorded = { row, step };
    await this.#records.add(recorded);
    if (recorded.fault !== undefined) throw recorded.fault;
  }

  /** The process ends: after `ms` milliseconds a refusal by the store is final. */
  stopRetryingAfter(ms: number): void {
    this.#retry.stopAfter(ms);
  }

  /** The agent's row. Simultaneous lookups share a query. */
  find(agentId: string): Promise<AgentRow | undefined> {
    return this.#lookup.find(agentId);
  }

  /**
   * Agents by id, without large columns, in pages bounded in rows and in bytes.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  list(options: AgentFilter & PageRequest = {}): Promise<ListPage<ListedRow>> {
    return listAgents(this.#table, options);
  }

  /** {@link list} with whole rows. @throws {TroupeError} `CURSOR_INVALID`. */
  listWhole(options: AgentFilter & PageRequest = {}): Promise<ListPage<AgentRow>> {
    return listWholeAgents(this.#table, options);
  }

  /** All agents that should have a thread: at most as many rows as possible threads. */
  loadAlive(): Promise<readonly AgentRow[]> {
    const ended = agentStatuses.filter((status) => !isAlive(status));
    const where = has.isNotIn("status", ended);
    return this.#table.read<AgentRow>({ where, isPatient: true });
  }

  /** Agents that could not be started because of their type, module or config. */
  async loadUnstartable(): Promise<readonly AgentRow[]> {
    const where = all(has.is("status", "error"), has.contains("exit_reason", "unstartable"));
    const rows = await this.#table.read<AgentRow>({ where });
    return rows.filter(({ exit_reason }) => exit_reason?.reason === "unstartable");
  }

  /** The number of ended agents, by status. */
  async countEnded(): Promise<Readonly<Partial<Record<AgentStatus, number>>>> {
    const ended = agentStatuses.filter((status) => !isAlive(status));
    const counts = await Promise.all(
      ended.map((status) => this.#table.count(has.is("status", status))),
    );
    return Object.fromEntries(ended.map((status, n) => [status, counts[n] ?? 0]));
  }

  /** The highest epoch of any row; 0 in an empty table. */
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

  /** Drains; later records are refused. */
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
    const steps: EncodedRow[] = [];
    for await (const part of inTimeSlices(records, ENCODE_BATCH))
      steps.push(...part.flatMap(encodeStep));
    const rows = await encodeNewest(records);
    for (const part of commitsOf(steps)) await this.#steps.append(part, this.#retry);
    for (const part of commitsOf(rows)) await this.#mergeRows(part);
  }

  async #mergeRows(rows: readonly EncodedRow[]): Promise<void> {
    const merged = await this.#retry.run(() =>
      // With one writer the key need not be declared as primary, which costs 60 KiB per commit.
      this.#table.merge(rows, { key: "agent_id", where: isOurs, insertMissing: true }),
    );
    if (merged < rows.length) throw this.#lost();
  }

  #lost(): TroupeError {
    const error = new TroupeError(
      "DATABASE_LOST",
      "agents' rows were written by a later start of the supervisor; this process no longer runs them",
    );
    this.#onLost(error);
    return error;
  }
}

function* commitsOf(rows: readonly EncodedRow[]): Generator<readonly EncodedRow[]> {
  for (let start = 0; start < rows.length; start += COMMIT_ROWS_MAX) {
    yield* cutByText(rows.slice(start, start + COMMIT_ROWS_MAX), COMMIT_TEXT_MAX);
  }
}

/** If the step cannot be stored, its row is not stored either. */
function encodeStep(recorded: Recorded): readonly EncodedRow[] {
  if (recorded.step === undefined) return [];
  try {
    return [encodeRow("agent_steps", recorded.step)];
  } catch (fault) {
    recorded.fault = fault;
    return [];
  }
}

/** Only the newest of an agent's rows is encoded. */
async function encodeNewest(records: readonly Recorded[]): Promise<readonly EncodedRow[]> {
  const rows = new Map<string, EncodedRow>();
  for await (const part of inTimeSlices(records.toReversed(), ENCODE_BATCH)) {
    for (const recorded of part) {
      const { row } = recorded;
      if (recorded.fault === undefined && !rows.has(row.agent_id)) encodeInto(rows, recorded);
    }
  }
  return [...rows.values()];
}

function encodeInto(rows: Map<string, EncodedRow>, recorded: Recorded): void {
  try {
    rows.set(recorded.row.agent_id, encodeRow("agent_state", recorded.row));
  } catch (fault) {
    recorded.fault = fault;
  }
}
