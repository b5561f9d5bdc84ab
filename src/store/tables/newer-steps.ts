/**
 * Reads the steps that rows of `agent_state` lack, to bring the rows up. Reads only the steps that
 * count: for each agent the last results and errors, those that used guidance, and the last with a
 * context. Contexts are large, so at most one for each agent is read.
 */

import { HISTORY_ENTRIES_MAX } from "../../model/limits.ts";
import type { WholeStepRow } from "../../model/step.ts";
import { type ColumnName, columnsOf } from "../lance/columns.ts";
import { all, type Predicate, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { chunks } from "./update-pending.ts";

export interface NewerSteps {
  /** The start of the process that stored the rows, and so these steps. */
  readonly epoch: number;
  /** Steps with lower ids are in the rows. */
  readonly since: string;
  /** The iteration of each agent's row; steps of other agents are left out. */
  readonly iterations: ReadonlyMap<string, number>;
}

/** Tries to read the rows, which compaction may move meanwhile. */
const TRIES_MAX = 3;
/** Contexts in one read. */
const CONTEXTS_AT_ONCE = 64;

const has = predicatesOf("agent_steps");

const columns = (Object.keys(columnsOf("agent_steps")) as ColumnName<"agent_steps">[]).filter(
  (name) => name !== "context",
);

const keyColumns = ["agent_id", "iteration", "status", "guidance_used", "result"] as const;

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
  { epoch, since, iterations }: NewerSteps,
): Promise<Needed> {
  const [only] = iterations.size === 1 ? iterations.keys() : [];
  const where = all(
    has.is("epoch", epoch),
    has.isAtLeast("step_id", since),
    only === undefined ? undefined : has.is("agent_id", only),
  );
  const read = async (where: Predicate) => {
    const options = { columns: keyColumns, cut: { result: 0 }, withRowId: true, isPatient: true };
    const keys = await table.read<Key>({ where, ...options });
    const isNewer = ({ agent_id, iteration }: Key) =>
      iteration > (iterations.get(agent_id) ?? Number.POSITIVE_INFINITY);
    return Map.groupBy(keys.filter(isNewer), ({ agent_id }) => agent_id);
  };
  const steps = await read(where);
  if (steps.size === 0) return { needed: [], contexts: [] };
  const changed = await read(all(where, has.isNotNull("context")));
  const contexts = [...changed.values()].flatMap((keys) => lastOf(keys, 1));
  const needed = [...steps.values()].flatMap(neededOf).concat(contexts);
  return { needed: [...new Set(needed)], contexts };
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
