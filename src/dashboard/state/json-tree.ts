/** JSON as the rows of a tree: what is open, and what a search finds. Pure. */

import { type JsonKey, pathText, previewOf } from "./json-path.ts";

export interface TreeRow {
  /** Unique in the tree. */
  readonly path: string;
  /** Empty at the root. */
  readonly label: string;
  readonly depth: number;
  readonly preview: string;
  readonly value: unknown;
  /** Null if there is nothing below it. */
  readonly isOpen: boolean | null;
  /** Its place among its siblings, from 1, and their number. */
  readonly position: number;
  readonly siblings: number;
  readonly isFound: boolean;
}

/** A search shows so many rows; it says that there are more. */
export const FOUND_MAX = 2_000;

const ROOT_PATH = "";

export interface TreeQuery {
  /** Paths of the open rows. */
  readonly open: ReadonlySet<string>;
  /** Shows only keys and values that contain it, with all that they are in; empty: everything. */
  readonly search: string;
}

export interface Tree {
  readonly rows: readonly TreeRow[];
  /** Rows that the search found. */
  readonly found: number;
}

export function treeOf(root: unknown, { open, search }: TreeQuery): Tree {
  const words = search.trim().toLowerCase();
  const wanted = words === "" ? null : findPaths(root, words);
  const rows: TreeRow[] = [];
  const add = (value: unknown, keys: readonly JsonKey[], position: number, siblings: number) => {
    const path = pathText(keys);
    if (wanted !== null && !wanted.shown.has(path)) return;
    const children = childrenOf(value);
    const isOpen = children.length === 0 ? null : (wanted?.parents.has(path) ?? open.has(path));
    const label = keys.length === 0 ? "" : String(keys.at(-1));
    const isFound = wanted?.found.has(path) === true;
    const place = { path, label, depth: keys.length, position, siblings };
    rows.push({ ...place, preview: previewOf(value), value, isOpen, isFound });
    if (isOpen !== true) return;
    for (const [at, [key, child]] of children.entries()) {
      add(child, [...keys, key], at + 1, children.length);
    }
  };
  add(root, [], 1, 1);
  return { rows, found: wanted?.found.size ?? 0 };
}

interface FoundPaths {
  readonly found: ReadonlySet<string>;
  /** What contains something that was found. */
  readonly parents: ReadonlySet<string>;
  readonly shown: ReadonlySet<string>;
}

function findPaths(root: unknown, words: string): FoundPaths {
  const found = new Set<string>();
  const parents = new Set<string>();
  const visit = (value: unknown, keys: readonly JsonKey[]): boolean => {
    const path = pathText(keys);
    const isFound = found.size < FOUND_MAX && holds(value, keys.at(-1), words);
    if (isFound) found.add(path);
    let isParent = false;
    for (const [key, child] of childrenOf(value)) {
      isParent = visit(child, [...keys, key]) || isParent;
    }
    if (isParent) parents.add(path);
    return isFound || isParent;
  };
  visit(root, []);
  return { found, parents, shown: new Set([...found, ...parents, ROOT_PATH]) };
}

function holds(value: unknown, key: JsonKey | undefined, words: string): boolean {
  if (typeof key === "string" && key.toLowerCase().includes(words)) return true;
  if (typeof value === "object" && value !== null) return false;
  return String(value).toLowerCase().includes(words);
}

function childrenOf(value: unknown): readonly (readonly [JsonKey, unknown])[] {
  if (Array.isArray(value)) return value.map((child, at) => [at, child] as const);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** The rows that are open at first: those near the root, unless there is too much in them. */
export function openAtFirst(root: unknown): ReadonlySet<string> {
  const open = new Set<string>([ROOT_PATH]);
  for (const [key, child] of childrenOf(root)) {
    const { length } = childrenOf(child);
    if (length > 0 && length <= OPENED_MAX) open.add(pathText([key]));
  }
  return open;
}

const OPENED_MAX = 12;

/** The row that contains this one; itself at the root. */
export function parentIndex(rows: readonly TreeRow[], index: number): number {
  const depth = rows[index]?.depth ?? 0;
  for (let at = index - 1; at >= 0; at--) if ((rows[at]?.depth ?? 0) < depth) return at;
  return index;
}
