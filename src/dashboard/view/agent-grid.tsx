/** The list of agents: a grid that draws only the rows on the screen. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { SortKey } from "../../picture/agent-order.ts";
import { go, moveActive, toggleAllSelected } from "../navigation.ts";
import {
  activeAt,
  activeId,
  activeSought,
  fleet,
  isHeld,
  isLoaded,
  keepOrder,
  listed,
  query,
  releaseOrder,
  route,
  rows,
  selection,
} from "../page-store.ts";
import { type ListRow, sortedBy } from "../state/agent-rows.ts";
import { textScale } from "../theme.ts";
import { AgentRow, GroupRow } from "./agent-row.tsx";
import { Button } from "./button.tsx";
import { ClearFilters } from "./clear-filters.tsx";
import { Icon } from "./icon.tsx";
import { Key } from "./marks.tsx";
import { ElsewhereNote } from "./shard-switch.tsx";
import { useVirtualRows } from "./virtual-rows.ts";

const ROW_HEIGHT = 34;
/** In a narrow list a row has its result on a second line. */
const ROW_HEIGHT_COMPACT = 58;

/** Layouts by width, with text of the usual size: the first one that fits. The style hides the columns that do not. */
const layouts = [
  { name: "full", widthMin: 1_040, columns: 12 },
  { name: "wide", widthMin: 930, columns: 10 },
  { name: "medium", widthMin: 800, columns: 8 },
  { name: "narrow", widthMin: 700, columns: 7 },
  { name: "compact", widthMin: 0, columns: 4 },
] as const;
type Layout = (typeof layouts)[number];
const HEAD_HEIGHT = 32;

export function AgentTable() {
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useLayout(scroller);
  const shown = rows.value;
  const scale = textScale.value;
  const virtual = useVirtualRows(scroller, {
    count: shown.length,
    rowHeight: scale * (layout.name === "compact" ? ROW_HEIGHT_COMPACT : ROW_HEIGHT),
    headHeight: HEAD_HEIGHT * scale,
  });
  const active = activeId.value;
  const sought = activeSought.value;
  const isListed = activeAt.value !== -1;
  const isBeside = route.value.page === "agent";
  useLayoutEffect(() => {
    if (isListed) virtual.scrollTo(activeAt.peek());
  }, [active, sought, isListed, isBeside, layout]);
  useEffect(() => releaseOrder, []);
  return (
    <div
      class={`table-scroll list-${layout.name}`}
      ref={scroller}
      // A finger points only while it touches.
      onPointerMove={({ pointerType }) => pointerType === "mouse" && keepOrder()}
      onPointerLeave={releaseOrder}
    >
      <table
        class="agents"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table is how a grid is built
        role="grid"
        aria-label="Agents"
        aria-multiselectable="true"
        aria-rowcount={shown.length + 1}
        aria-activedescendant={activeRow(virtual.items)}
        tabIndex={0}
        onFocus={() => !isListed && moveActive(1)}
      >
        <Head />
        <tbody>
          <Spacer height={virtual.before} />
          {virtual.items.map(({ index }) => (
            <Row key={rowKey(shown[index])} index={index} columns={layout.columns} />
          ))}
          <Spacer height={virtual.after} />
        </tbody>
      </table>
      {shown.length === 0 && <Empty />}
    </div>
  );
}

/** A row that is scrolled away is not in the document: its id would name nothing. */
function activeRow(drawn: readonly { readonly index: number }[]): string | undefined {
  const isDrawn = drawn.some(({ index }) => index === activeAt.value);
  return isDrawn ? `agent-${activeId.value}` : undefined;
}

function rowKey(row: ListRow | undefined): string {
  if (row === undefined) return "";
  return row.kind === "group" ? `group ${row.status}` : `agent ${row.id}`;
}

interface RowProps {
  readonly index: number;
  readonly columns: number;
}

function Row({ index, columns }: RowProps) {
  const row = rows.value[index];
  if (row === undefined) return null;
  if (row.kind === "group") return <GroupRow row={row} index={index} columns={columns} />;
  const isSelected = selection.value.ids.has(row.id);
  const isActive = row.id === activeId.value;
  const isOpened = route.value.page === "agent" && route.value.id === row.id;
  return (
    <AgentRow
      agent={row.agent}
      index={index}
      isSelected={isSelected}
      isActive={isActive}
      isOpened={isOpened}
    />
  );
}

function Spacer({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return (
    <tr class="spacer">
      <td style={{ height: `${height}px` }} />
    </tr>
  );
}

function useLayout(scroller: { readonly current: HTMLDivElement | null }): Layout {
  const [layout, setLayout] = useState<Layout>(layouts[0]);
  const scale = textScale.value;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      const width = element.clientWidth / scale;
      setLayout(layouts.find(({ widthMin }) => width >= widthMin) ?? layouts[4]);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, scale]);
  return layout;
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
  { key: "iteration", name: "Steps", hint: "Steps finished so far", isNumber: true },
  { key: "result", name: "Last result" },
  { key: "rate", name: "Rate", hint: "Steps per minute, over the last minute", isNumber: true },
  { key: "memory", name: "Memory", hint: "Heap, buffers and shared memory", isNumber: true },
  { key: "cpu", name: "CPU", hint: "Share of one processor", isNumber: true },
  { key: "tokens", name: "Tokens", hint: "Tokens of all its model calls", isNumber: true },
  {
    key: "cost",
    name: "Cost",
    hint: "US dollars for all its model calls, at the prices in models.json",
    isNumber: true,
  },
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
      title={isSorted && isHeld.value ? "The order is held while you point at the list" : hint}
      data-held={isSorted && isHeld.value ? "true" : undefined}
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
          <span>{name}</span>
          {isSorted && <Icon name={isDescending ? "down" : "up"} />}
        </button>
      )}
    </th>
  );
}

/** The search may be the id of an agent in another shard. */
function Elsewhere() {
  const search = query.value.search.trim();
  return /^\S+$/.test(search) ? <ElsewhereNote agentId={search} /> : null;
}

function Empty() {
  if (!isLoaded.value) return <p class="empty">Loading agents…</p>;
  if (fleet.value.size > 0) {
    return (
      <div class="empty">
        <h2>No agent matches</h2>
        <Elsewhere />
        <ClearFilters />
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>No agents yet</h2>
      <p>An agent works in its own loop until you pause or destroy it.</p>
      <Button look="main" onClick={() => go({ page: "create" })}>
        Create the first agent <Key>C</Key>
      </Button>
      <p class="faint">
        or in a terminal: <code class="command">npx troupe agent create agent1 --subject cats</code>
      </p>
    </div>
  );
}
