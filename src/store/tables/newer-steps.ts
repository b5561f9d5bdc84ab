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
import { columnsWithout } from "../lance/columns.ts";
import { all, chunks, type Predicate, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import { rereadIfMoved } from "../lance/reread.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { laterThan } from "./later-rows.ts";

export interface NewerSteps {
  /**
   * By the epochs that rows are of: steps of that epoch with lower ids are in the rows. Of other epochs all
   * steps are read that are later than the first of these.
   */
  readonly since: ReadonlyMap<number, string>;
  /** The agents' rows, by id; steps of other agents are left out. */
  readonly rows: ReadonlyMap<string, Pick<AgentRow, "epoch" | "iteration">>;
}

/** Contexts in one read. */
const CONTEXTS_AT_ONCE = 64;

const has = predicatesOf("agent_steps");

const columns = columnsWithout("agent_steps", ["context"]);

const keyColumns = ["agent_id", "epoch", "iteration", "status", "guidance_used", "result"] as const;

/** The result is empty text, or null if there is none. */
type Key = Pick<WholeStepRow, (typeof keyColumns)[number]> & { readonly _rowid: bigint };
type Row = WholeStepRow & { readonly _rowid: bigint };

/** @throws {TroupeError} `STORE_UNAVAILABLE`. */
export async function readNewerSteps(
  table: StoredTable<"agent_steps">,
  newer: NewerSteps,
): Promise<readonly WholeStepRow[]> {
  const { rows, texts } = await rereadIfMoved(async () => {
    const { needed, contexts } = await findNeeded(table, newer);
    const options = { columns, withRowId: true, isPatient: true };
    const rows = await table.readIn<Row, bigint>(needed, rowIdIn, options);
    const texts = await readContexts(table, contexts);
    const hasMoved = rows.length < needed.length || texts.size < contexts.length;
    return { rows, texts, hasMoved };
  });
  return rows.map(({ _rowid, ...row }) => ({ ...row, context: texts.get(_rowid) ?? null }));
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
    for (const where of laterThan("agent_steps", since, (id) => has.isAtLeast("step_id", id))) {
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

async function readContexts(
  table: StoredTable<"agent_steps">,
  addresses: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> {
  const texts = new Map<bigint, string>();
  for (const part of chunks(addresses, CONTEXTS_AT_ONCE)) {
    const where = rowIdIn(part);
    const columns = ["context"] as const;
    const rows = await table.read<Row>({ where, columns, withRowId: true, isPatient: true });
    for (const { _rowid, context } of rows) if (context !== null) texts.set(_rowid, context);
  }
  return texts;
}
