/** The list of agents: a grid of which only the rows on the screen are drawn. */

import { useEffect, useRef, useState } from "preact/hooks";
import { go, moveActive, toggleAllSelected } from "../navigation.ts";
import { type ListRow, listQueryDefault, type SortKey, sortedBy } from "../state/agent-list.ts";
import { activeId, fleet, isLoaded, listed, query, rows, selection } from "../store.ts";
import { AgentRow, GroupRow } from "./agent-row.tsx";
import { Icon } from "./icon.tsx";
import { Key } from "./marks.tsx";
import { useVirtualRows } from "./virtual-rows.ts";

const ROW_HEIGHT = 34;
/** Where there is little width, a row has its result on a second line. */
const ROW_HEIGHT_COMPACT = 58;
const COMPACT_WIDTH_MAX = 700;
const HEAD_HEIGHT = 32;

export function AgentTable() {
  const scroller = useRef<HTMLDivElement>(null);
  const isCompact = useIsCompact(scroller);
  const shown = rows.value;
  const rowHeight = isCompact ? ROW_HEIGHT_COMPACT : ROW_HEIGHT;
  const virtual = useVirtualRows(scroller, {
    count: shown.length,
    rowHeight,
    headHeight: HEAD_HEIGHT,
  });
  const active = activeId.value;
  useEffect(() => {
    const at = rows.peek().findIndex((row) => row.kind === "agent" && row.id === active);
    if (at !== -1) virtual.scrollTo(at);
  }, [active]);
  return (
    <div class={isCompact ? "table-scroll compact" : "table-scroll"} ref={scroller}>
      <table
        class="agents"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table is how a grid is built
        role="grid"
        aria-label="Agents"
        aria-multiselectable="true"
        aria-rowcount={shown.length + 1}
        aria-activedescendant={active === null ? undefined : `agent-${active}`}
        tabIndex={0}
        onFocus={() => active === null && moveActive(1)}
      >
        <Head />
        <tbody>
          <Spacer height={virtual.before} />
          {virtual.items.map(({ index }) => (
            <Row key={rowKey(shown[index])} index={index} />
          ))}
          <Spacer height={virtual.after} />
        </tbody>
      </table>
      {shown.length === 0 && <Empty />}
    </div>
  );
}

function rowKey(row: ListRow | undefined): string {
  if (row === undefined) return "";
  return row.kind === "group" ? `group ${row.status}` : `agent ${row.id}`;
}

function Row({ index }: { readonly index: number }) {
  const row = rows.value[index];
  if (row === undefined) return null;
  if (row.kind === "group") return <GroupRow row={row} index={index} />;
  const isSelected = selection.value.ids.has(row.id);
  const isActive = row.id === activeId.value;
  return <AgentRow entry={row.entry} index={index} isSelected={isSelected} isActive={isActive} />;
}

function Spacer({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return (
    <tr class="spacer">
      <td colSpan={10} style={{ height: `${height}px` }} />
    </tr>
  );
}

/** True where the list is narrow. */
function useIsCompact(scroller: { readonly current: HTMLDivElement | null }): boolean {
  const [isCompact, setCompact] = useState(false);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setCompact(element.clientWidth <= COMPACT_WIDTH_MAX));
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return isCompact;
}

interface Column {
  readonly key: SortKey | "result";
  readonly name: string;
  readonly hint?: string;
  readonly isNumber?: true;
}

const columns: readonly Column[] = [
  { key: "status", name: "Status" },
  { key: "id", name: "Agent" },
  { key: "subject", name: "Subject" },
  { key: "iteration", name: "Steps", hint: "Steps ended so far", isNumber: true },
  { key: "result", name: "Last result" },
  { key: "rate", name: "Rate", hint: "Steps a minute, over the last minute", isNumber: true },
  { key: "memory", name: "Memory", hint: "Heap, buffers and shared memory", isNumber: true },
  { key: "cpu", name: "CPU", hint: "Part of one processor", isNumber: true },
  { key: "updated", name: "Updated", isNumber: true },
];

function Head() {
  const ids = listed.value;
  const marked = selection.value.ids;
  const isAll = ids.length > 0 && ids.every(({ id }) => marked.has(id));
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="col-select">
          <input
            type="checkbox"
            aria-label="Select all listed agents"
            checked={isAll}
            onChange={toggleAllSelected}
          />
        </th>
        {columns.map((column) => (
          <HeadCell key={column.key} column={column} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell({ column }: { readonly column: Column }) {
  const { key, name, hint, isNumber } = column;
  const { sort, isDescending } = query.value;
  const isSorted = sort === key;
  const direction = isDescending ? "descending" : "ascending";
  return (
    <th
      scope="col"
      class={`col-${key}${isNumber === true ? " number" : ""}`}
      aria-sort={isSorted ? direction : undefined}
      title={hint}
    >
      {key === "result" ? (
        name
      ) : (
        <button
          type="button"
          onClick={() => {
            query.value = sortedBy(query.value, key);
          }}
        >
          {name}
          {isSorted && <Icon name={isDescending ? "down" : "up"} />}
        </button>
      )}
    </th>
  );
}

function Empty() {
  if (!isLoaded.value) return <p class="empty">Reading the agents…</p>;
  if (fleet.value.size > 0) {
    return (
      <div class="empty">
        <h2>No agent matches</h2>
        <button
          type="button"
          class="button"
          onClick={() => {
            query.value = listQueryDefault;
          }}
        >
          Clear search and filters
        </button>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>No agents yet</h2>
      <p>An agent works in a loop of its own until you pause or destroy it.</p>
      <button type="button" class="button button-main" onClick={() => go({ page: "create" })}>
        Create the first agent <Key>C</Key>
      </button>
      <p class="faint">
        or in a terminal: <code>npx troupe agent create agent1 --subject cats</code>
      </p>
    </div>
  );
}
