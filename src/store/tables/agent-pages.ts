/**
 * The list of agents, by id, page by page. A page is bounded in rows and in bytes: it ends early if its
 * rows are large. It is read in windows, so that few rows are read in vain.
 */

import type { AgentRow } from "../../model/agent.ts";
import type { AgentFilter, AgentFilterName } from "../../model/agent-filter.ts";
import { type ListedRow, listedResult } from "../../model/agent-view.ts";
import { LISTED_COLUMNS_LEFT_OUT } from "../../model/large-columns.ts";
import { RESULT_LISTED_MAX } from "../../model/limits.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import { columnsWithout } from "../lance/columns.ts";
import { all, any, chunks, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import type { Order } from "../lance/table-query.ts";
import { IdCursors, pageLimit, toPage } from "./cursor.ts";
import { type Age, withoutOutdated } from "./repeated-agents.ts";
import { patched, type ReadRow, type RowPatch } from "./row-patch.ts";

type AgentQuery = AgentFilter & PageRequest;

/** Bytes of JSON text of one page; a single row may be larger. */
const PAGE_BYTES_MAX = 4 * 2 ** 20;
/** Rows of the first window, and the factor by which the next ones may grow. */
const WINDOW_ROWS = 16;
const WINDOW_GROWTH_MAX = 8;

const has = predicatesOf("agent_state");
const cursors = new IdCursors("agents");

/** Of several rows of an agent the newest is first, as in repeated-agents.ts. */
const order: readonly Order<"agent_state">[] = [
  { column: "agent_id", direction: "up" },
  { column: "epoch", direction: "down" },
  { column: "updated_at", direction: "down" },
];

const listedColumns = columnsWithout("agent_state", LISTED_COLUMNS_LEFT_OUT);

/**
 * Rows for a list: without large columns, and with long results cut.
 * @throws {TroupeError} `CURSOR_INVALID`.
 */
export async function listAgents(
  table: StoredTable<"agent_state">,
  filter: AgentQuery,
  unmerged: Unmerged,
): Promise<ListPage<ListedRow>> {
  const page = await readPage<ListedRow>(table, filter, unmerged, (where, limit) =>
    table.read({
      where,
      limit,
      order,
      columns: listedColumns,
      // One character more than is shown, to notice that there are more.
      cut: { result: RESULT_LISTED_MAX + 1 },
    }),
  );
  const items = page.items.map((row) => ({ ...row, result: listedResult(row.result) }));
  return { items, next_cursor: page.next_cursor };
}

/** Whole rows. @throws {TroupeError} `CURSOR_INVALID`. */
export function listWholeAgents(
  table: StoredTable<"agent_state">,
  filter: AgentQuery,
  unmerged: Unmerged,
): Promise<ListPage<AgentRow>> {
  return readPage<AgentRow>(table, filter, unmerged, (where, limit) =>
    table.read({ where, limit, order }),
  );
}

/** The stored changes of this process that are not merged yet. */
export interface Unmerged {
  readonly patches: ReadonlyMap<string, RowPatch>;
  /** Agents whose subject is not the one in the table, with their subject. */
  movedSubjects(): ReadonlyMap<string, string | null>;
}

type ReadRows<Row> = (where: Predicate, limit: number) => Promise<readonly Row[]>;

async function readPage<Row extends ReadRow & Age>(
  table: StoredTable<"agent_state">,
  filter: AgentQuery,
  unmerged: Unmerged,
  read: ReadRows<Row>,
): Promise<ListPage<Row>> {
  const limit = pageLimit(filter.limit);
  const rows: Row[] = [];
  let bytes = 0;
  let after = cursors.idIn(filter.cursor);
  let window = WINDOW_ROWS;
  while (rows.length <= limit) {
    const size = Math.min(window, limit + 1 - rows.length);
    // Taken before the read: a merge drops patches, and the read may still find the older rows.
    const patches = new Map(unmerged.patches);
    const found = await read(whereOf(filter, after, unmerged), size);
    // A filter may fit an older row of an agent alone.
    const current = isFiltered(filter) ? await withoutOutdated(table, found) : found;
    for (const stored of current) {
      if (stored.agent_id === rows.at(-1)?.agent_id) continue;
      const row = patched(stored, patches.get(stored.agent_id));
      bytes += JSON.stringify(row).length;
      if (bytes > PAGE_BYTES_MAX && rows.length > 0)
        return toPage([...rows, row], rows.length, { cursors, idOf });
      rows.push(row);
    }
    if (found.length < size) break;
    after = found.at(-1)?.agent_id;
    window = nextWindow(size, ((PAGE_BYTES_MAX - bytes) * rows.length) / bytes);
  }
  return toPage(rows, limit, { cursors, idOf });
}

/**
 * How many rows to read next: as many as probably fit, bounded by a factor of the last window.
 * @param fitting NaN if no row has been read yet
 */
function nextWindow(last: number, fitting: number): number {
  if (Number.isNaN(fitting)) return last * WINDOW_GROWTH_MAX;
  return Math.max(1, Math.min(Math.ceil(fitting), last * WINDOW_GROWTH_MAX));
}

const predicates: {
  readonly [F in AgentFilterName]: (
    value: NonNullable<AgentFilter[F]>,
    unmerged: Unmerged,
  ) => Predicate | undefined;
} = {
  status: (status) => has.readsAs("status", status),
  type: (type) => has.is("agent_type", type),
  q: (text, unmerged) => (text === "" ? undefined : isAbout(text, unmerged.movedSubjects())),
};

function isFiltered(filter: AgentFilter): boolean {
  return Object.keys(predicates).some((name) => filter[name as AgentFilterName] !== undefined);
}

function whereOf(filter: AgentFilter, after: string | undefined, unmerged: Unmerged): Predicate {
  const filters = Object.entries(predicates).map(([name, predicate]) => {
    const value = filter[name as AgentFilterName];
    return value === undefined ? undefined : predicate(value as never, unmerged);
  });
  // Leaves out another program's rows without an id: a cursor made of one would start the list again.
  return all(...filters, has.isAbove("agent_id", after ?? ""));
}

/** Id or subject contain the text; the table has an older subject of agents in `moved`. */
function isAbout(text: string, moved: ReadonlyMap<string, string | null>): Predicate {
  const part = text.toLowerCase();
  const [ids, about] = [[...moved.keys()], [] as string[]];
  for (const [id, subject] of moved) if (subject?.toLowerCase().includes(part)) about.push(id);
  const isUnmoved = chunks(ids).map((some) => has.isNotIn("agent_id", some));
  const isMoved = chunks(about).map((some) => has.isIn("agent_id", some));
  return any(
    has.contains("agent_id", text),
    all(has.contains("current_subject", text), ...isUnmoved),
    ...isMoved,
  );
}

function idOf({ agent_id }: { readonly agent_id: string }): string {
  return agent_id;
}
