/** A context as a tree with a search. */

import { useMemo, useState } from "preact/hooks";
import { countText, plural } from "../../picture/number-text.ts";
import { FOUND_MAX, openAtFirst, parentIndex, type TreeRow, treeOf } from "../state/json-tree.ts";
import { Icon } from "./icon.tsx";
import { PickedValue } from "./picked-value.tsx";
import { type RowLook, VirtualList } from "./virtual-list.tsx";

/** Open rows and search outlive a change of the step. */
export function ContextTree({ context }: { readonly context: unknown }) {
  const [open, setOpen] = useState<ReadonlySet<string> | null>(null);
  const [search, setSearch] = useState("");
  const [path, setPath] = useState("");
  const opened = open ?? openAtFirst(context);
  const { rows, found } = useMemo(
    () => treeOf(context, { open: opened, search }),
    [context, open, search],
  );
  const active = Math.max(
    0,
    rows.findIndex((row) => row.path === path),
  );
  const row = rows[active];
  const activate = (index: number) => setPath(rows[index]?.path ?? "");
  const toggle = (index: number) => {
    const one = new Set([rows[index]?.path ?? ""]);
    if (search.trim() !== "" || rows[index]?.isOpen == null) return;
    setOpen(one.isSubsetOf(opened) ? opened.difference(one) : opened.union(one));
  };
  const onKey = (key: string) => {
    if (key === "Enter" || key === " ") toggle(active);
    else if (key === "ArrowRight" && row?.isOpen === false) toggle(active);
    else if (key === "ArrowRight" && row?.isOpen === true) activate(active + 1);
    else if (key === "ArrowLeft" && row?.isOpen === true && search === "") toggle(active);
    else if (key === "ArrowLeft") activate(parentIndex(rows, active));
    else return false;
    return true;
  };
  return (
    <>
      <Search search={search} setSearch={setSearch} found={found} />
      <VirtualList
        role="tree"
        label="Context"
        count={rows.length}
        active={active}
        activate={activate}
        rowOf={(index) => lookOf(rows[index], index === active)}
        onKey={onKey}
        onRowClick={toggle}
      />
      {row !== undefined && <PickedValue path={row.path} value={row.value} />}
    </>
  );
}

interface SearchProps {
  readonly search: string;
  readonly setSearch: (search: string) => void;
  readonly found: number;
}

function Search({ search, setSearch, found }: SearchProps) {
  return (
    <div class="tree-search">
      <input
        type="search"
        class="input"
        aria-label="Search keys and values"
        placeholder="Search keys and values"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <span class="faint" role="status">
        {search.trim() !== "" && foundText(found)}
      </span>
    </div>
  );
}

function foundText(found: number): string {
  if (found >= FOUND_MAX) return `the first ${countText(FOUND_MAX)} found`;
  return `${plural(found, "row")} found`;
}

function lookOf(row: TreeRow | undefined, isActive: boolean): RowLook {
  if (row === undefined) return { attributes: { role: "treeitem" }, content: null };
  const { label, depth, preview, isOpen, position, siblings, isFound } = row;
  return {
    attributes: {
      role: "treeitem",
      "aria-level": depth + 1,
      "aria-posinset": position,
      "aria-setsize": siblings,
      "aria-selected": isActive,
      "aria-expanded": isOpen ?? undefined,
    },
    content: (
      <>
        <span style={{ width: `${Math.min(depth, 20)}rem` }} />
        <span class="tree-fold">
          {isOpen !== null && <Icon name={isOpen ? "down" : "right"} />}
        </span>
        <span class={isFound ? "tree-key found" : "tree-key"}>
          {depth === 0 ? "context" : label}
        </span>
        <span class={isOpen === null ? "tree-value" : "tree-value faint"}>{preview}</span>
      </>
    ),
  };
}
