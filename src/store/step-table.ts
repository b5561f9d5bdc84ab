/** The table `agent_steps`: append only, written through AgentTable.record, read here. */

import type { StepRow } from "../model/step.ts";
import {
  decodeCursor,
  encodeCursor,
  type Page,
  type PageOptions,
  pageLimit,
  toPage,
} from "./cursor.ts";
import { all, type Predicate, predicatesOf } from "./predicate.ts";
import type { StoredTable } from "./stored-table.ts";

export interface StepsSinceOptions {
  /** Steps of this agent only. */
  readonly agentId?: string;
  readonly limit?: number;
  /** The cursor of the answer before. Without one nothing is answered but where now is. */
  readonly cursor?: string;
}

export interface StepsSince {
  readonly items: readonly StepRow[];
  /** To be handed in for those that come after these. */
  readonly cursor: string;
}

const has = predicatesOf("agent_steps");

export class StepTable {
  readonly #table: StoredTable<"agent_steps">;

  constructor(table: StoredTable<"agent_steps">) {
    this.#table = table;
  }

  /**
   * The steps of an agent, newest first, by step id, which sorts by time. Costs a scan of two
   * columns: about 20 ms at 100,000 steps.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  async list(agentId: string, options: PageOptions = {}): Promise<Page<StepRow>> {
    const limit = pageLimit(options.limit);
    const { cursor } = options;
    const rows = await this.#table.read<StepRow>({
      where: all(
        has.is("agent_id", agentId),
        cursor === undefined ? undefined : has.isBelow("step_id", stepIdOf(cursor)),
      ),
      order: [{ column: "step_id", direction: "down" }],
      limit: limit + 1,
    });
    return toPage(rows, limit, (row) => [row.step_id]);
  }

  /**
   * Steps stored since an earlier answer, oldest first.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  async listSince(options: StepsSinceOptions = {}): Promise<StepsSince> {
    const isOfAgent =
      options.agentId === undefined ? undefined : has.is("agent_id", options.agentId);
    const { cursor } = options;
    if (cursor === undefined) {
      return { items: [], cursor: encodeCursor([await this.#newestId(isOfAgent)]) };
    }
    const items = await this.#table.read<StepRow>({
      where: all(isOfAgent, has.isAbove("step_id", stepIdOf(cursor))),
      order: [{ column: "step_id", direction: "up" }],
      limit: pageLimit(options.limit),
    });
    const last = items.at(-1);
    return { items, cursor: last === undefined ? cursor : encodeCursor([last.step_id]) };
  }

  async hasExpired(before: number): Promise<boolean> {
    const where = has.isBelow("ended_at", Math.trunc(before));
    return (await this.#table.read({ where, columns: ["step_id"], limit: 1 })).length > 0;
  }

  /** Deletes steps that ended before `before`, in milliseconds since the epoch. */
  expire(before: number): Promise<number> {
    return this.#table.delete(has.isBelow("ended_at", Math.trunc(before)));
  }

  async #newestId(isOfAgent: Predicate | undefined): Promise<string> {
    const [newest] = await this.#table.read<{ step_id: string }>({
      where: all(isOfAgent),
      columns: ["step_id"],
      order: [{ column: "step_id", direction: "down" }],
      limit: 1,
    });
    return newest?.step_id ?? "";
  }
}

function stepIdOf(cursor: string): string | number {
  return decodeCursor(cursor, ["string"])[0] ?? "";
}
