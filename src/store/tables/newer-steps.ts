/**
 * Reads the steps that rows of `agent_state` lack, to bring the rows up. Reads only the steps that
 * count: for each agent the last results and errors, those that used guidance, and the last with a
 * context. Contexts are large, so at most one for each agent is read.
 *
 * Each merge of rows notes up to which step the merges before it were complete (`steps_since`), so a
 * start reads the steps of the last two merges and not the history. Ids of steps grow even if the clock
 * is set back.
 */

import { stepsAfter } from "../../model/after-step.ts";
import type { AgentRow } from "../../model/agent.ts";
import { HISTORY_ENTRIES_MAX } from "../../model/limits.ts";
import type { WholeStepRow } from "../../model/step.ts";
import { type ColumnName, columnsOf } from "../lance/columns.ts";
import { all, any, type Predicate, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { chunks } from "./update-pending.ts";

export interface NewerSteps {
  /**
   * By the epochs that rows are of: steps of that epoch with lower ids are in the rows. Of other epochs all
   * steps are read that are later than the first of these.
   */
  readonly since: ReadonlyMap<number, string>;
  /** The agents' rows, by id; steps of other agents are left out. */
  readonly rows: ReadonlyMap<string, Pick<AgentRow, "epoch" | "iteration">>;
}

/** Tries to read the rows, which compaction may move meanwhile. */
const TRIES_MAX = 3;
/** Contexts in one read. */
const CONTEXTS_AT_ONCE = 64;
/** Epochs in one read: a longer expression would nest too deep. */
const EPOCHS_AT_ONCE = 50;

const has = predicatesOf("agent_steps");

const columns = (Object.keys(columnsOf("agent_steps")) as ColumnName<"agent_steps">[]).filter(
  (name) => name !== "context",
);

const keyColumns = ["agent_id", "epoch", "iteration", "status", "guidance_used", "result"] as const;

/** The result is empty text, or null if there is none. */
type Key = Pick<WholeStepRow, (typeof keyColumns)[number]> & { readonly _rowid: bigint };
type Row = WholeStepRow & { readonly _rowid: bigint };

/** @throws {TroupeError} `STORE_UNAVAILABLE`. */
export async function readNewerSteps(
  table: StoredTable<"agent_steps">,
  newer: NewerSteps,
): Promise<readonly WholeStepRow[]> {
  for (let attempt = 1; ; attempt++) {
    const { needed, contexts } = await findNeeded(table, newer);
    const rows = await readRows(table, needed);
    const texts = await readContexts(table, contexts);
    const hasMoved = rows.length < needed.length || texts.size < contexts.length;
    if (hasMoved && attempt < TRIES_MAX) continue;
    return rows.map(({ _rowid, ...row }) => ({ ...row, context: texts.get(_rowid) ?? null }));
  }
}

interface Needed {
  readonly needed: readonly bigint[];
  /** Addresses of the last step with a context of each agent; they are needed, too. */
  readonly contexts: readonly bigint[];
}

async function findNeeded(
  table: StoredTable<"agent_steps">,
  { since, rows }: NewerSteps,
): Promise<Needed> {
  const [only] = rows.size === 1 ? rows.keys() : [];
  const isOfAgent = only === undefined ? undefined : has.is("agent_id", only);
  const read = async (isKind?: Predicate) => {
    const options = { columns: keyColumns, cut: { result: 0 }, withRowId: true, isPatient: true };
    const keys: (readonly Key[])[] = [];
    for (const where of ofEpochs(since)) {
      keys.push(await table.read<Key>({ where: all(isOfAgent, where, isKind), ...options }));
    }
    return Map.groupBy(keys.flat(), ({ agent_id }) => agent_id);
  };
  const lacking = (keys: ReadonlyMap<string, readonly Key[]>) =>
    [...keys].flatMap(([agentId, ofAgent]) => {
      const row = rows.get(agentId);
      return row === undefined ? [] : [stepsAfter(row, ofAgent)];
    });
  const steps = lacking(await read());
  if (steps.every((keys) => keys.length === 0)) return { needed: [], contexts: [] };
  const counted = new Set(steps.flat().map(addressOf));
  const changed = lacking(await read(has.isNotNull("context")));
  const contexts = changed.flatMap((keys) =>
    keys
      .map(addressOf)
      .filter((address) => counted.has(address))
      .slice(-1),
  );
  const needed = [...steps.flatMap(neededOf), ...contexts];
  return { needed: [...new Set(needed)], contexts };
}

/** The steps that rows may lack, for several reads. */
function ofEpochs(since: ReadonlyMap<number, string>): readonly Predicate[] {
  const epochs = [...since.keys()];
  const first = Math.min(...epochs);
  const known = [...since].map(([epoch, id]) =>
    all(has.is("epoch", epoch), has.isAtLeast("step_id", id)),
  );
  const others = all(has.isAbove("epoch", first), has.isNotIn("epoch", epochs));
  const reads: Predicate[] = [];
  for (let start = 0; start < known.length; start += EPOCHS_AT_ONCE) {
    reads.push(
      any(start === 0 ? others : undefined, ...known.slice(start, start + EPOCHS_AT_ONCE)),
    );
  }
  return reads;
}

function neededOf(keys: readonly Key[]): readonly bigint[] {
  const withStatus = (status: WholeStepRow["status"]) =>
    keys.filter((key) => key.status === status);
  const withResult = keys.filter(({ result }) => result !== null);
  return [
    ...lastOf(keys, 1),
    ...lastOf(withResult, HISTORY_ENTRIES_MAX),
    ...lastOf(withStatus("error"), 1),
    ...lastOf(withStatus("aborted"), 1),
    ...keys.filter(({ guidance_used: used }) => (used ?? []).length > 0).map(addressOf),
  ];
}

function lastOf(keys: readonly Key[], count: number): readonly bigint[] {
  const sorted = keys.toSorted((left, right) => left.iteration - right.iteration);
  return sorted.slice(-count).map(addressOf);
}

function addressOf({ _rowid }: Key): bigint {
  return _rowid;
}

async function readRows(
  table: StoredTable<"agent_steps">,
  addresses: readonly bigint[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const part of chunks(addresses)) {
    const where = rowIdIn(part);
    rows.push(...(await table.read<Row>({ where, columns, withRowId: true, isPatient: true })));
  }
  return rows;
}

async function readContexts(
  table: StoredTable<"agent_steps">,
  addresses: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> {
  const texts = new Map<bigint, string>();
  for (let start = 0; start < addresses.length; start += CONTEXTS_AT_ONCE) {
    const where = rowIdIn(addresses.slice(start, start + CONTEXTS_AT_ONCE));
    const columns = ["context"] as const;
    const rows = await table.read<Row>({ where, columns, withRowId: true, isPatient: true });
    for (const { _rowid, context } of rows) if (context !== null) texts.set(_rowid, context);
  }
  return texts;
}
