/**
 * The table `agent_state`: one row per agent, an image that may be a second older than the agent's
 * steps and guidance. Reads in the process that writes it add what is stored elsewhere.
 */

import { bringUp, openTurn } from "../../model/after-step.ts";
import { type AgentRow, type AgentStatus, agentStatuses, isAlive } from "../../model/agent.ts";
import type { AgentFilter } from "../../model/agent-filter.ts";
import type { ListedRow } from "../../model/agent-view.ts";
import { cutText } from "../../model/cut-text.ts";
import { TroupeError } from "../../model/errors.ts";
import { isAgentId, keepStepIdsAfter, newStepId } from "../../model/ids.ts";
import { INT32_READ_MAX } from "../../model/limits.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import { bringUpUsage } from "../../model/usage.ts";
import { textPacking } from "../../text-packing.ts";
import { BatchedLookup } from "../lance/batched-lookup.ts";
import type { EncodedRow } from "../lance/codec.ts";
import { all, any, LIST_VALUES_MAX, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { listAgents, listWholeAgents } from "./agent-pages.ts";
import { AgentWrites, type AgentWritesOptions } from "./agent-writes.ts";
import type { EffectTable } from "./effect-table.ts";
import type { OpenTurns } from "./expired-effects.ts";
import { isNewer, newestById, removeRepeated } from "./repeated-agents.ts";
import { patched } from "./row-patch.ts";
import type { StepTable } from "./step-table.ts";

const has = predicatesOf("agent_state");
const endedStatuses = agentStatuses.filter((status) => !isAlive(status));
const hasEnded = any(...endedStatuses.map((status) => has.readsAs("status", status)));

/** What one agent has spent. */
export type UsageRow = Pick<AgentRow, "agent_id" | "usage">;

/**
 * A row of a later epoch belongs to another process and is left alone. One whose epoch is damaged, and reads as
 * 0, is not of a later one.
 */
const isOurs = `target.epoch is null or target.epoch <= source.epoch or target.epoch > ${INT32_READ_MAX}`;

const ageColumns = ["agent_id", "epoch", "updated_at"] as const;

export interface AgentTableOptions extends Pick<AgentWritesOptions, "pace"> {
  readonly steps: StepTable;
  readonly effects: EffectTable;
  /** Called if a row turns out to be of a later epoch than ours. */
  readonly onLost: (error: TroupeError) => void;
}

export class AgentTable extends AgentWrites {
  readonly #table: StoredTable<"agent_state">;
  readonly #steps: StepTable;
  /** Rows of {@link loadAlive} that are newer than the table's. */
  readonly #broughtUp = new WeakSet<AgentRow>();
  readonly #effects: EffectTable;
  readonly #lookup = new BatchedLookup((ids) => this.#findAll(ids), LIST_VALUES_MAX);

  constructor(
    table: StoredTable<"agent_state">,
    { pace, steps, effects, onLost }: AgentTableOptions,
  ) {
    const merge = (rows: readonly EncodedRow[]) => mergeOurs(table, rows, onLost);
    super({ steps, effects, merge, sync: () => table.sync(), pace });
    this.#effects = effects;
    this.#table = table;
    this.#steps = steps;
  }

  /**
   * Resolves once all rows merged so far would survive a power cut.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if the disk refuses.
   */
  sync(): Promise<void> {
    return this.#table.sync();
  }

  /**
   * The agent's row, with all its changes that this process has stored. Simultaneous lookups share a
   * query.
   */
  async find(agentId: string): Promise<AgentRow | undefined> {
    const patch = this.patches.get(agentId); // before the read: a merge drops it
    const row = await this.#lookup.find(agentId);
    return row && patched(row, patch);
  }

  /** The agent's row as its last process left it, with all its stored steps. */
  async findLeft(agentId: string): Promise<AgentRow | undefined> {
    const row = await this.#lookup.find(agentId);
    if (row === undefined) return undefined;
    const since = new Map([[row.epoch, ""]]);
    return bringUp(row, await this.#steps.listNewer({ since, rows: new Map([[agentId, row]]) }));
  }

  /**
   * Agents by id, without large columns, in pages bounded in rows and in bytes.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  list(options: AgentFilter & PageRequest = {}): Promise<ListPage<ListedRow>> {
    return listAgents(this.#table, options, this);
  }

  /** {@link list} with whole rows. @throws {TroupeError} `CURSOR_INVALID`. */
  listWhole(options: AgentFilter & PageRequest = {}): Promise<ListPage<AgentRow>> {
    return listWholeAgents(this.#table, options, this);
  }

  /**
   * All living agents as the last process left them, with all their stored steps. Those that rest are among
   * them, so there may be many more than threads.
   */
  async loadAlive(): Promise<readonly AgentRow[]> {
    const where = has.isNotIn("status", endedStatuses);
    const byId = new Map<string, AgentRow>();
    // Not as one read, which holds several times the size of the rows until its end: the allocator would
    // keep that memory.
    await this.#table.visit<AgentRow>({ where, isPatient: true }, (row) => {
      // The table has no known status for it, or no action could name it.
      if (!isAlive(row.status) || !this.#isNamed(row)) return;
      const other = byId.get(row.agent_id);
      if (other !== undefined && !isNewer(row, other)) return;
      row.history.pack(textPacking); // most agents rest
      byId.set(row.agent_id, row);
    });
    if (byId.size > 0) await this.#dropOutdated(byId);
    const rows = [...byId.values()];
    // Those of agents that have ended, too.
    keepStepIdsAfter([(await this.#steps.findAbove(newStepId())) ?? ""]);
    if (rows.length === 0) return [];
    const since = await this.#sinceOfEpochs(rows);
    const newer = await this.#steps.listNewer({ since, rows: byId });
    keepStepIdsAfter(since.values());
    keepStepIdsAfter(newer.map(({ step_id }) => step_id));
    const steps = Map.groupBy(newer, ({ agent_id }) => agent_id);
    // A call has a higher id than the oldest step that was not merged when it was counted.
    const knowsAll = rows.every(({ usage }) => usage !== null);
    const spent = await this.#effects.listSpent(knowsAll ? since : undefined);
    const calls = Map.groupBy(spent, ({ agent_id }) => agent_id);
    return rows.map((row) => {
      const usage = bringUpUsage(row, calls.get(row.agent_id) ?? []);
      const whole = bringUp(row, steps.get(row.agent_id) ?? []);
      if (whole === row && usage === row.usage) return row;
      const broughtUp = { ...whole, usage };
      this.#broughtUp.add(broughtUp);
      return broughtUp;
    });
  }

  #isNamed({ agent_id }: AgentRow): boolean {
    if (isAgentId(agent_id)) return true;
    const fields = { table: "agent_state", column: "agent_id", excerpt: cutText(agent_id, 60) };
    this.#table.log.warn(
      fields,
      "agent_state.agent_id should be the id of an agent; left as it is",
    );
    return false;
  }

  /** A living agent of which there is a newer row has ended: its older ones are copies, and are removed. */
  async #dropOutdated(byId: Map<string, AgentRow>): Promise<void> {
    const outdated = new Set<string>();
    const options = {
      where: hasEnded,
      columns: ageColumns,
      isPatient: true,
    };
    await this.#table.visit<Pick<AgentRow, (typeof ageColumns)[number]>>(options, (ended) => {
      const alive = byId.get(ended.agent_id);
      if (alive !== undefined && !isNewer(alive, ended)) outdated.add(ended.agent_id);
    });
    if (outdated.size === 0) return;
    for (const id of outdated) byId.delete(id);
    await this.#table.writes.run(() => removeRepeated(this.#table, [...outdated]));
  }

  /**
   * Calls `visit` for each agent that has spent something: of all, or only of those that have ended. Reads
   * three columns of the whole table, and holds a part of them at a time. What `visit` was given is void if
   * this rejects.
   */
  async visitUsage(
    visit: (row: UsageRow) => void,
    { isOfEnded = false, isPatient = false } = {},
  ): Promise<void> {
    const patches = new Map(this.patches); // before the read: a merge drops them
    const options = {
      where: all(has.isNotNull("usage"), isOfEnded ? hasEnded : undefined),
      columns: ["agent_id", "iteration", "usage"],
      isPatient,
    } as const;
    await this.#table.visit<UsageRow & Pick<AgentRow, "iteration">>(options, (row) => {
      const { agent_id, usage } = patched(row, patches.get(row.agent_id));
      if (usage !== null && usage.spent.length > 0) visit({ agent_id, usage });
    });
  }

  /** True if the table lacks steps of this row, which {@link loadAlive} returned. */
  isAhead(row: AgentRow): boolean {
    return this.#broughtUp.has(row);
  }

  /** Agents that could not be started because of their type, module or config. */
  async loadUnstartable(): Promise<readonly AgentRow[]> {
    const where = all(has.is("status", "error"), has.contains("exit_reason", "unstartable"));
    const rows = await this.#table.read<AgentRow>({ where });
    const ids = rows.map(({ agent_id }) => agent_id);
    const isIn = (part: readonly string[]) => has.isIn("agent_id", part);
    const copies = await this.#table.readIn<AgentRow, string>(ids, isIn);
    return [...newestById(copies).values()].filter(
      ({ status, exit_reason }) => status === "error" && exit_reason?.reason === "unstartable",
    );
  }

  /** The open turn of each agent that lives. @throws {TroupeError} `STORE_UNAVAILABLE`. */
  async findOpenTurns(): Promise<OpenTurns> {
    const patches = new Map(this.patches); // before the read: a merge drops them
    const rows = await this.#table.read<Pick<AgentRow, "agent_id" | "iteration" | "turn">>({
      where: has.isNotIn("status", endedStatuses),
      columns: ["agent_id", "iteration", "turn"],
    });
    return new Map(
      rows.map((row) => {
        const newest = patches.get(row.agent_id)?.columns ?? row;
        return [row.agent_id, { turn: openTurn(newest), iteration: newest.iteration }];
      }),
    );
  }

  async countEnded(): Promise<Readonly<Partial<Record<AgentStatus, number>>>> {
    const counts = await Promise.all(
      endedStatuses.map((status) => this.#table.count(has.readsAs("status", status))),
    );
    return Object.fromEntries(endedStatuses.map((status, n) => [status, counts[n] ?? 0]));
  }

  /** From where on the rows may lack steps: of their epochs, and of later ones, which may have no row. */
  async #sinceOfEpochs(rows: readonly AgentRow[]): Promise<ReadonlyMap<number, string>> {
    const epochs = new Set(rows.map(({ epoch }) => epoch));
    epochs.add(await findMaxEpoch(this.#table));
    return new Map(
      await Promise.all(
        [...epochs].map(async (epoch) => [epoch, await this.#sinceOf(epoch)] as const),
      ),
    );
  }

  /** Steps of this epoch with lower ids are in the rows. */
  async #sinceOf(epoch: number): Promise<string> {
    const order = { column: "steps_since", direction: "down" } as const;
    const where = has.is("epoch", epoch);
    return (await this.#table.firstCell<string>(order, { where, isPatient: true })) ?? "";
  }

  async #findAll(agentIds: readonly string[]): Promise<ReadonlyMap<string, AgentRow>> {
    return newestById(await this.#table.read<AgentRow>({ where: has.isIn("agent_id", agentIds) }));
  }
}

async function mergeOurs(
  table: StoredTable<"agent_state">,
  rows: readonly EncodedRow[],
  onLost: (error: TroupeError) => void,
): Promise<void> {
  if (await table.writes.run(() => mergeEach(table, rows))) return;
  const error = new TroupeError(
    "DATABASE_LOST",
    "agents' rows were written by a later start of the supervisor; this process no longer runs them",
  );
  onLost(error);
  throw error;
}

/** False if some of the rows in the table are of a later epoch, and were left alone. */
async function mergeEach(
  table: StoredTable<"agent_state">,
  rows: readonly EncodedRow[],
): Promise<boolean> {
  // With one writer the key need not be declared as primary, which costs 60 KiB per commit.
  const options = { key: "agent_id", where: isOurs, insertMissing: true } as const;
  const changed = await table.mergeNow(rows, options);
  if (changed <= rows.length) return changed === rows.length;
  const epochs = new Map(rows.map((row) => [String(row["agent_id"]), Number(row["epoch"])]));
  const kept = await removeRepeated(table, [...epochs.keys()]);
  return kept.every(({ agent_id, epoch }) => epoch <= (epochs.get(agent_id) ?? 0));
}

/** The highest epoch of any row, damaged ones left out; 0 in an empty table. */
export async function findMaxEpoch(table: StoredTable<"agent_state">): Promise<number> {
  const order = { column: "epoch", direction: "down" } as const;
  return (await table.firstCell<number>(order, { where: has.isFit("epoch") })) ?? 0;
}
