/**
 * The table `agent_steps`: rows are appended, never changed, and deleted by retention alone. Reads leave out
 * what a replaced process has stored (superseded-steps.ts).
 */

import type { AgentRow } from "../../model/agent.ts";
import type { StepContext } from "../../model/agent-view.ts";
import { STEP_COLUMNS_LEFT_OUT } from "../../model/large-columns.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import type { AgentStepFilter, StepRow, WholeStepRow } from "../../model/step.ts";
import { readBounded } from "../lance/bounded-read.ts";
import type { EncodedRow } from "../lance/codec.ts";
import { all, type Predicate, predicatesOf } from "../lance/predicate.ts";
import { rereadIfMoved } from "../lance/reread.ts";
import type { StoreRetry } from "../lance/retry-until-stored.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { PAGE_BYTES_MAX } from "./action-pages.ts";
import { IdCursors, pageLimit } from "./cursor.ts";
import { type NewerSteps, readNewerSteps } from "./newer-steps.ts";
import { readStepContext } from "./step-context.ts";
import { type StepKey, stepKeyColumns, withoutSuperseded } from "./superseded-steps.ts";

export interface StepListOptions extends AgentStepFilter, PageRequest {
  readonly iteration?: number;
}

export interface StepsSinceOptions {
  readonly agentId?: string;
  readonly limit?: number;
  /** The cursor of the last result. Without one the result has no steps, only a cursor for later ones. */
  readonly cursor?: string;
}

export interface StepsSince {
  readonly items: readonly StepRow[];
  /** Requests the steps after these. */
  readonly cursor: string;
}

/** Characters of one text of a step; longer ones are never stored. */
const TEXT_MAX = 4 * 1024 * 1024;

const has = predicatesOf("agent_steps");
/** For {@link StepTable.listSince}, which goes the other way, and through the steps of all agents. */
const sinceCursors = new IdCursors("steps since");

export class StepTable {
  readonly #table: StoredTable<"agent_steps">;
  readonly #findEpoch: () => Promise<number>;

  /** @param findEpoch resolves with the epoch of the newest claim of the database */
  constructor(table: StoredTable<"agent_steps">, findEpoch: () => Promise<number>) {
    this.#table = table;
    this.#findEpoch = findEpoch;
  }

  /** Appends steps in one commit, each once, however many tries it takes. */
  async append(steps: readonly EncodedRow[], retry: StoreRetry): Promise<void> {
    await retry.run((attempt) =>
      attempt === 1 ? this.#table.append(steps) : this.#appendMissing(steps),
    );
  }

  /** The highest id above this one; undefined if there is none. Costs a scan of one column. */
  findAbove(stepId: string): Promise<string | undefined> {
    return this.#findNewest(has.isAbove("step_id", stepId));
  }

  #findNewest(where: Predicate | undefined): Promise<string | undefined> {
    const order = { column: "step_id", direction: "down" } as const;
    return this.#table.firstCell<string>(order, { where: all(where) });
  }

  /**
   * Resolves once all steps appended so far would survive a power cut.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if the disk refuses.
   */
  sync(): Promise<void> {
    return this.#table.sync();
  }

  /**
   * The steps of an agent, newest first, by step id, which sorts by time. Costs a scan of two
   * columns: about 20 ms at 100,000 steps.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  async list(agentId: string, options: StepListOptions = {}): Promise<ListPage<StepRow>> {
    const limit = pageLimit(options.limit);
    const { iteration, status } = options;
    const cursors = new IdCursors(`steps of ${agentId}`);
    const before = cursors.idIn(options.cursor);
    const where = all(
      has.is("agent_id", agentId),
      iteration === undefined ? undefined : has.is("iteration", iteration),
      status === undefined ? undefined : has.is("status", status),
      before === undefined ? undefined : has.isBelow("step_id", before),
    );
    const { items, hasMore, last } = await this.#read(where, "down", limit);
    return { items, next_cursor: hasMore && last !== undefined ? cursors.after(last) : null };
  }

  /**
   * Steps stored since an earlier result, oldest first.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  async listSince(options: StepsSinceOptions = {}): Promise<StepsSince> {
    const isOfAgent =
      options.agentId === undefined ? undefined : has.is("agent_id", options.agentId);
    const { cursor } = options;
    const after = sinceCursors.idIn(cursor);
    if (cursor === undefined || after === undefined) {
      const newest = await this.#findNewest(isOfAgent);
      return { items: [], cursor: sinceCursors.after(newest ?? "") };
    }
    const where = all(isOfAgent, has.isAbove("step_id", after));
    const { items, last } = await this.#read(where, "up", pageLimit(options.limit));
    return { items, cursor: last === undefined ? cursor : sinceCursors.after(last) };
  }

  /**
   * The context that the agent had after one of its steps.
   * @param signal ends a long search
   * @throws {TroupeError} `STEP_NOT_FOUND`, `STORE_UNAVAILABLE`; the signal's reason.
   */
  async contextAt(
    row: Pick<AgentRow, "agent_id" | "iteration" | "context">,
    iteration: number,
    signal?: AbortSignal,
  ): Promise<StepContext> {
    const epoch = await this.#findEpoch();
    return readStepContext(this.#table, { row, iteration, epoch, signal });
  }

  /** Steps that rows of `agent_state` lack and that would change those rows, unordered. */
  listNewer(newer: NewerSteps): Promise<readonly WholeStepRow[]> {
    return readNewerSteps(this.#table, newer);
  }

  /** When the last step ended, in milliseconds since the epoch; undefined if there is none. */
  findNewest(): Promise<number | undefined> {
    return this.#table.firstCell({ column: "ended_at", direction: "down" });
  }

  hasExpired(before: number): Promise<boolean> {
    return this.#table.hasRow(has.isBelow("ended_at", Math.trunc(before)));
  }

  /** Deletes steps that ended before `before`, in milliseconds since the epoch. */
  expire(before: number): Promise<number> {
    return this.#table.delete(has.isBelow("ended_at", Math.trunc(before)));
  }

  /** A try that failed may have stored the steps. */
  #appendMissing(steps: readonly EncodedRow[]): Promise<void> {
    const table = this.#table;
    return table.writes.run(async () => table.appendNow(await this.#withoutStored(steps)));
  }

  async #withoutStored(steps: readonly EncodedRow[]): Promise<readonly EncodedRow[]> {
    const idOf = (step: EncodedRow) => String(step["step_id"]);
    const isIn = (ids: readonly string[]) => has.isIn("step_id", ids);
    const columns = ["step_id"] as const;
    const rows = await this.#table.readIn<{ step_id: string }, string>(steps.map(idOf), isIn, {
      columns,
    });
    const stored = new Set(rows.map(({ step_id }) => step_id));
    return steps.filter((step) => !stored.has(idOf(step)));
  }

  /** Rows are never changed, so their addresses stay valid unless a compaction happens in between. */
  async #read(where: Predicate, direction: "up" | "down", limit: number): Promise<StepsRead> {
    const epoch = await this.#findEpoch();
    return await rereadIfMoved(async () => {
      const order = [{ column: "step_id", direction }] as const;
      const keys = await this.#table.read<StepKey>({
        where,
        order,
        limit: limit + 1,
        columns: stepKeyColumns,
        withRowId: true,
      });
      const page = keys.slice(0, limit);
      const counted = await withoutSuperseded(this.#table, page, epoch);
      const rowIds = counted.map(({ _rowid }) => _rowid);
      const bounds = {
        textMax: TEXT_MAX,
        bytesMax: PAGE_BYTES_MAX,
        leftOut: STEP_COLUMNS_LEFT_OUT,
      };
      const read = await readBounded<"agent_steps", StepRow>(this.#table, rowIds, bounds);
      const { left, hasMoved } = read;
      const items = read.rows.map(({ row }) => row);
      const last = (left > 0 ? items : page).at(-1)?.step_id;
      return { items, hasMore: left > 0 || keys.length > limit, last, hasMoved };
    });
  }
}

interface StepsRead {
  readonly items: readonly StepRow[];
  readonly hasMore: boolean;
  /** The id of the last step that was read, whether it counts or not. */
  readonly last: string | undefined;
}
