/**
 * Updates pending rows of the queue by id, each row once: one commit for equal changes, one merge for
 * different ones.
 */

import type { EncodedRow } from "../lance/codec.ts";
import { all, chunks, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { isPendingIn } from "./pending-rows.ts";

/** Groups of equal changes beyond which one merge is cheaper than an update for each. */
const UPDATES_MAX = 3;

const has = predicatesOf("queue");

type QueueColumn = Parameters<typeof has.assign>[0];

interface Candidate {
  readonly id: string;
  readonly created_at: number;
  readonly _rowid: bigint;
}

/** Rows with equal changes. */
interface Group {
  readonly values: readonly (readonly [string, string])[];
  readonly rowIds: bigint[];
}

/**
 * Sets the columns of each entry on the pending row with its id, the oldest of several.
 * @param entries all with the same columns, including `id`; the last one of an id wins
 * @returns how many rows were changed
 */
export async function updatePending(
  table: StoredTable<"queue">,
  entries: readonly EncodedRow[],
): Promise<number> {
  const byId = new Map(entries.map((entry) => [String(entry["id"]), entry]));
  const distinct = [...byId.values()];
  let changed = 0;
  for (const part of chunks(distinct)) {
    changed += await table.writes.run(() => updatePart(table, part));
  }
  return changed;
}

/** Runs within the write queue, so the addresses that it reads stay valid. */
async function updatePart(
  table: StoredTable<"queue">,
  entries: readonly EncodedRow[],
): Promise<number> {
  const ids = entries.map((entry) => String(entry["id"]));
  const candidates = await table.read<Candidate>({
    where: all(has.isIn("id", ids), isPendingIn(table)),
    columns: ["id", "created_at"],
    withRowId: true,
  });
  const { chosen, isAnyShared } = choose(candidates);
  const groups = groupEqual(entries, chosen);
  // A merge selects rows by id, so it would change the duplicates too.
  if (groups.length > UPDATES_MAX && !isAnyShared) {
    const present = entries.filter((entry) => chosen.has(String(entry["id"])));
    return table.mergeNow(present, {
      key: "id",
      where: "target.processed is not true",
      insertMissing: false,
    });
  }
  let changed = 0;
  for (const { rowIds, values } of groups) {
    changed += await table.updateNow(rowIds, isPendingIn(table), values);
  }
  return changed;
}

/** The oldest row of each id; of equally old ones the first appended. */
function choose(candidates: readonly Candidate[]) {
  const chosen = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const other = chosen.get(candidate.id);
    if (other === undefined || isBefore(candidate, other)) chosen.set(candidate.id, candidate);
  }
  return { chosen, isAnyShared: chosen.size < candidates.length };
}

function isBefore(left: Candidate, right: Candidate): boolean {
  if (left.created_at !== right.created_at) return left.created_at < right.created_at;
  return left._rowid < right._rowid;
}

function groupEqual(
  entries: readonly EncodedRow[],
  chosen: ReadonlyMap<string, Candidate>,
): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { id, ...cells } of entries) {
    const candidate = chosen.get(String(id));
    if (candidate === undefined) continue;
    const values = Object.entries(cells).map(([name, cell]) =>
      has.assign(name as QueueColumn, cell),
    );
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? { values, rowIds: [] };
    group.rowIds.push(candidate._rowid);
    groups.set(key, group);
  }
  return [...groups.values()];
}
