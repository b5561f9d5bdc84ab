/**
 * The table `agent_state`, one row per agent, and the one write path of agents: a step and the state
 * it led to are recorded together, and all that gathers is stored with two commits.
 */

import { type AgentRow, type AgentStatus, agentStatuses, isAlive } from "../../model/agent.ts";
import type { ListedRow } from "../../model/agent-view.ts";
import { TroupeError } from "../../model/errors.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import type { AgentFilter } from "../../model/request.ts";
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

/** Least milliseconds between two flushes: bounds the commits, and so the versions, a second. */
const FLUSH_GAP_MS = 10;
/** Records that may be gathered before {@link AgentTable.ready} makes callers wait. */
const RECORDS_READY = 2_000;
/** Records that are put into words at once: about a millisecond. */
const ENCODED_AT_ONCE = 100;
/**
 * Records that may be gathered at all; a further one is refused with `STORE_UNAVAILABLE`. While the
 * store fails each agent adds a handful and then waits (`UNSTORED_STEPS_MAX` in actor/loop.ts); a start
 * records all living agents at once. Both are memory that the agents hold anyway.
 */
const RECORDS_MAX = 1_000_000;
/** Rows, and characters of text in them, of one commit. */
const COMMIT_ROWS_MAX = 5_000;
const COMMIT_TEXT_MAX = 64 * 1024 * 1024;

interface Recorded {
  readonly row: AgentRow;
  readonly step: StepRow | undefined;
  /** Why it cannot be stored at all, found out by the flush. */
  fault?: unknown;
}

const has = predicatesOf("agent_state");

/** A row of a later epoch is another process's by now: it is left as it is. */
const isOurs = "target.epoch is null or target.epoch <= source.epoch";

export class AgentTable {
  readonly #table: StoredTable<"agent_state">;
  readonly #steps: StepTable;
  readonly #records: GroupCommit<Recorded>;
  readonly #patience = new StoreRetry();
  readonly #onLost: (error: TroupeError) => void;
  readonly #lookup = new BatchedLookup((ids) => this.#findAll(ids), LIST_VALUES_MAX);

  /** @param onLost called where a row turns out to be of a later epoch than ours. */
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
   * rows of one agent the last one called with wins; steps are all kept, in order, each once. Steps
   * are stored before states: a crash between the two leaves a step whose state is missing, never
   * the reverse. A store that fails is tried again until it takes the record, however long.
   * @throws {TroupeError} `STORE_UNAVAILABLE` where too much waits already, or once
   * {@link endPatience} was called; `DATABASE_LOST` where another process has taken over.
   * `RECORD_INVALID` where this record can never be stored; others are.
   */
  async record(row: AgentRow, step?: StepRow): Promise<void> {
    const recorded: Recorded = { row, step };
    await this.#records.add(recorded);
    if (recorded.fault !== undefined) throw recorded.fault;
  }

  /** The process ends: from `ms` milliseconds on what the store refuses is given up. */
  endPatience(ms: number): void {
    this.#patience.stopAfter(ms);
  }

  /** The agent's row. Look-ups that come together share a query. */
  find(agentId: string): Promise<AgentRow | undefined> {
    return this.#lookup.find(agentId);
  }

  /**
   * Agents by id, as a list shows them; in pages bounded in rows and in bytes.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  list(options: AgentFilter & PageRequest = {}): Promise<ListPage<ListedRow>> {
    return listAgents(this.#table, options);
  }

  /** The same with whole rows. @throws {TroupeError} `CURSOR_INVALID`. */
  listWhole(options: AgentFilter & PageRequest = {}): Promise<ListPage<AgentRow>> {
    return listWholeAgents(this.#table, options);
  }

  /** All agents that are meant to have a thread: as many rows as threads are possible. */
  loadAlive(): Promise<readonly AgentRow[]> {
    const ended = agentStatuses.filter((status) => !isAlive(status));
    const where = has.isNotIn("status", ended);
    return this.#table.read<AgentRow>({ where, isPatient: true });
  }

  /** Agents that were to run and could not be started because of their type, module or config. */
  async loadUnstartable(): Promise<readonly AgentRow[]> {
    const where = all(has.is("status", "error"), has.contains("exit_reason", "unstartable"));
    const rows = await this.#table.read<AgentRow>({ where });
    return rows.filter(({ exit_reason }) => exit_reason?.reason === "unstartable");
  }

  /** How many agents have ended, by status. */
  async countEnded(): Promise<Readonly<Partial<Record<AgentStatus, number>>>> {
    const ended = agentStatuses.filter((status) => !isAlive(status));
    const counts = await Promise.all(
      ended.map((status) => this.#table.count(has.is("status", status))),
    );
    return Object.fromEntries(ended.map((status, n) => [status, counts[n] ?? 0]));
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
    const steps: EncodedRow[] = [];
    for await (const part of inTimeSlices(records, ENCODED_AT_ONCE))
      steps.push(...part.flatMap(encodeStep));
    const rows = await encodeNewest(records);
    for (const part of commitsOf(steps)) await this.#steps.append(part, this.#patience);
    for (const part of commitsOf(rows)) await this.#mergeRows(part);
  }

  async #mergeRows(rows: readonly EncodedRow[]): Promise<void> {
    const merged = await this.#patience.run(() =>
      // One writer, so the key needs no declaration as primary, which costs 60 KB a commit.
      this.#table.merge(rows, { key: "agent_id", where: isOurs, insertMissing: true }),
    );
    if (merged < rows.length) throw this.#lost();
  }

  #lost(): TroupeError {
    const error = new TroupeError(
      "DATABASE_LOST",
      "agents' rows were written by a later start of the supervisor; this one is not theirs any more",
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

/** Nothing of a record whose step cannot be stored is. */
function encodeStep(recorded: Recorded): readonly EncodedRow[] {
  if (recorded.step === undefined) return [];
  try {
    return [encodeRow("agent_steps", recorded.step)];
  } catch (fault) {
    recorded.fault = fault;
    return [];
  }
}

/** Of the images of an agent only the newest is put into words, so not before they are stored. */
async function encodeNewest(records: readonly Recorded[]): Promise<readonly EncodedRow[]> {
  const rows = new Map<string, EncodedRow>();
  for await (const part of inTimeSlices(records.toReversed(), ENCODED_AT_ONCE)) {
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
