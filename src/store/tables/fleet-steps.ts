/**
 * The steps of all agents in a period, newest first, without the columns that can be large. Steps that are
 * not stored yet are not in it, so it never shows a step before its event was published.
 */

import type { ListPage, PageRequest } from "../../model/list-page.ts";
import {
  checkStepRange,
  countedTime,
  type StepCountFilter,
  type StepFilter,
} from "../../model/step-filter.ts";
import type { StepCount, StepSpan } from "../../model/step-span.ts";
import { all, any, chunks, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { IdCursors, pageLimit } from "./cursor.ts";
import { type CountedStep, countedColumns, StepCounts } from "./step-counts.ts";
import { type StepKey, stepKeyColumns, withoutSuperseded } from "./superseded-steps.ts";

export interface FleetStepsOptions {
  readonly steps: StoredTable<"agent_steps">;
  readonly agents: StoredTable<"agent_state">;
  /** Resolves with the epoch of the newest claim of the database. */
  readonly findEpoch: () => Promise<number>;
}

/** Steps that one page of counts reads, and how many of them in one query: main decodes those in one go. */
export const COUNTED_STEPS_MAX = 100_000;
const COUNTED_AT_ONCE = 4_000;
/**
 * Milliseconds that the time in a step's id may be before its end. It is normally later: ids are made when
 * the step's report arrives, and grow even if the clock is set back.
 */
const ID_LAG_MS = 60_000;
const ID_TIME_MAX = 2 ** 48 - 1;

const has = predicatesOf("agent_steps");
const spanCursors = new IdCursors("all steps");
const countCursors = new IdCursors("step counts");
const hasAgent = predicatesOf("agent_state");

const spanColumns = [
  ...stepKeyColumns,
  "generation",
  "status",
  "model",
  "input_tokens",
  "output_tokens",
  "started_at",
  "ended_at",
] as const;

type SpanRow = Omit<StepSpan, "is_guided"> & StepKey;

export class FleetSteps {
  readonly #options: FleetStepsOptions;

  constructor(options: FleetStepsOptions) {
    this.#options = options;
  }

  /** @throws {TroupeError} `CURSOR_INVALID`, `STEP_TIME_INVALID`. */
  async list(filter: StepFilter & PageRequest = {}): Promise<ListPage<StepSpan>> {
    checkStepRange(filter);
    const { steps, findEpoch } = this.#options;
    const limit = pageLimit(filter.limit);
    const where = all(await this.#inTime(filter), before(spanCursors.idIn(filter.cursor)));
    const epoch = await findEpoch();
    const read = await steps.read<SpanRow>({
      where,
      order: [{ column: "step_id", direction: "down" }],
      limit: limit + 1,
      columns: spanColumns,
      withRowId: true,
    });
    const page = read.slice(0, limit);
    const last = page.at(-1)?.step_id;
    const counted = new Set(await withoutSuperseded(steps, page, epoch));
    const guided = await this.#guided(page);
    const items = page
      .filter((row) => counted.has(row))
      .map(({ epoch: _epoch, _rowid, ...row }) => ({ ...row, is_guided: guided.has(row.step_id) }));
    const hasMore = read.length > limit && last !== undefined;
    return { items, next_cursor: hasMore ? spanCursors.after(last) : null };
  }

  /**
   * Counts by agent and bucket. A page reads at most {@link COUNTED_STEPS_MAX} steps, without their texts,
   * and ends before it has 4 MiB.
   * @throws {TroupeError} `CURSOR_INVALID`, `STEP_TIME_INVALID`.
   */
  async count(
    filter: StepCountFilter & { readonly cursor?: string },
  ): Promise<ListPage<StepCount>> {
    const time = countedTime(filter, Date.now());
    const inTime = await this.#inTime({ ...filter, ...time });
    const counts = new StepCounts(time);
    let end = countCursors.idIn(filter.cursor);
    for (let read = 0; read < COUNTED_STEPS_MAX; read += COUNTED_AT_ONCE) {
      const rows = await this.#options.steps.read<CountedStep>({
        where: all(inTime, before(end)),
        order: [{ column: "step_id", direction: "down" }],
        limit: COUNTED_AT_ONCE,
        columns: countedColumns,
      });
      const last = await counts.add(rows);
      const isEnd = rows.length < COUNTED_AT_ONCE && last === rows.at(-1)?.step_id;
      if (last === undefined || isEnd) return { items: counts.list(), next_cursor: null };
      end = last;
      if (counts.isFull) break;
    }
    const next_cursor = end === undefined ? null : countCursors.after(end);
    return { items: counts.list(), next_cursor };
  }

  async #inTime({ agentId, type, since, until }: StepFilter): Promise<Predicate> {
    return all(
      agentId === undefined ? undefined : has.is("agent_id", agentId),
      type === undefined ? undefined : await this.#ofType(type),
      since === undefined ? undefined : has.isAtLeast("step_id", idAt(since - ID_LAG_MS)),
      since === undefined ? undefined : has.isAtLeast("ended_at", since),
      until === undefined ? undefined : has.isBelow("started_at", until),
    );
  }

  async #ofType(type: string): Promise<Predicate> {
    const rows = await this.#options.agents.read<{ readonly agent_id: string }>({
      where: hasAgent.is("agent_type", type),
      columns: ["agent_id"],
    });
    const ids = rows.map(({ agent_id }) => agent_id);
    return any(...[...chunks(ids)].map((part) => has.isIn("agent_id", part)));
  }

  /** Ids of the steps that used guidance, without reading the list of it, which may be long. */
  async #guided(page: readonly StepKey[]): Promise<ReadonlySet<string>> {
    if (page.length === 0) return new Set();
    const ids = page.map(({ step_id }) => step_id);
    const where = all(has.isIn("step_id", ids), has.isNotIn("guidance_used", ["[]"]));
    const columns = ["step_id"] as const;
    const rows = await this.#options.steps.read<Pick<StepKey, "step_id">>({ where, columns });
    return new Set(rows.map(({ step_id }) => step_id));
  }
}

function before(id: string | undefined): Predicate | undefined {
  return id === undefined ? undefined : has.isBelow("step_id", id);
}

/** The start of all step ids of that millisecond: a UUIDv7 begins with its time, in 48 bits. */
function idAt(time: number): string {
  const digits = Math.min(Math.max(0, time), ID_TIME_MAX).toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
