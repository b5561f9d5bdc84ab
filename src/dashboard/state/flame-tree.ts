/** A profile as a tree of calls, with what each took itself and together with its calls. Pure. */

import type { CpuProfile, HeapProfile } from "../../model/agent-inside.ts";

export interface FlameNode {
  /** Its place in the tree: the indexes that lead to it. */
  readonly key: string;
  readonly name: string;
  /** File and line; empty for what is no function. */
  readonly place: string;
  readonly isAgents: boolean;
  /** Microseconds, or bytes: of its own, and with its calls. */
  readonly self: number;
  readonly total: number;
  /** Largest first. */
  readonly children: readonly FlameNode[];
}

/** A row of the table: all calls of one function. */
export interface SelfRow {
  readonly name: string;
  readonly place: string;
  readonly self: number;
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** A node of either format. */
interface RawNode {
  readonly callFrame: CallFrame;
  readonly self: number;
  readonly children: readonly RawNode[];
}

interface HeapHead {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapHead[];
}

/** Calls below each other that are shown; deeper ones count to the last that is. */
const DEPTH_MAX = 120;
const ROWS_MAX = 30;
/** What V8 counts while no code runs. */
const IDLE = "(idle)";

/** Without the time in which nothing ran. */
export function flameOfCpu({
  nodes,
  samples,
  timeDeltas,
  startTime,
  endTime,
}: CpuProfile): FlameNode {
  const selfTimes = new Map<number, number>();
  let at = startTime;
  for (const [n, id] of samples.entries()) {
    at += timeDeltas[n] ?? 0;
    // A sample holds until the next one.
    const held = n + 1 < samples.length ? (timeDeltas[n + 1] ?? 0) : endTime - at;
    selfTimes.set(id, (selfTimes.get(id) ?? 0) + Math.max(0, held));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const raw = (id: number): readonly RawNode[] => {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === IDLE) return [];
    const children = (node.children ?? []).flatMap(raw);
    return [{ callFrame: node.callFrame, self: selfTimes.get(id) ?? 0, children }];
  };
  return toNode(raw(nodes[0]?.id ?? 0)[0], "0", 0);
}

export function flameOfHeap({ head }: HeapProfile): FlameNode {
  const raw = ({ callFrame, selfSize, children }: HeapHead): RawNode => ({
    callFrame,
    self: selfSize,
    children: children.map(raw),
  });
  return toNode(raw(head as unknown as HeapHead), "0", 0);
}

const noFrame: CallFrame = { functionName: "(root)", url: "", lineNumber: -1 };

function toNode(raw: RawNode | undefined, key: string, depth: number): FlameNode {
  const { callFrame, self, children } = raw ?? { callFrame: noFrame, self: 0, children: [] };
  const made = children.map((child, n) => toNode(child, `${key}.${n}`, depth + 1));
  const total = made.reduce((sum, child) => sum + child.total, self);
  return {
    key,
    name: callFrame.functionName === "" ? "(anonymous)" : callFrame.functionName,
    place: placeOf(callFrame),
    isAgents: isAgents(callFrame),
    self,
    total,
    children: depth >= DEPTH_MAX ? [] : made.sort((a, b) => b.total - a.total),
  };
}

/** `loop.ts:12`, `node:fs:319` */
function placeOf({ url, lineNumber }: CallFrame): string {
  if (url === "") return "";
  if (url.startsWith("node:")) return `${url}:${lineNumber + 1}`;
  return `${url.slice(url.lastIndexOf("/") + 1)}:${lineNumber + 1}`;
}

/** Node's code has its own scheme, and Troupe's is the thread's file. */
function isAgents({ url }: CallFrame): boolean {
  return url !== "" && !url.startsWith("node:") && !/\/(thread\.cjs|src\/actor\/[^/]+)$/.test(url);
}

/** A node as the chart shows it: shares of the width, and the row. */
export interface FlameCell {
  readonly node: FlameNode;
  readonly left: number;
  readonly width: number;
  readonly depth: number;
}

/** The cells of this part of the tree, top down; those too narrow to be seen are left out. */
export function layOut(root: FlameNode, widthMin: number, cellsMax: number): readonly FlameCell[] {
  const cells: FlameCell[] = [];
  let row: readonly FlameCell[] = [{ node: root, left: 0, width: 1, depth: 0 }];
  while (row.length > 0 && cells.length < cellsMax) {
    cells.push(...row);
    row = row.flatMap((cell) => cellsBelow(cell, root.total)).filter((c) => c.width >= widthMin);
  }
  return cells.slice(0, cellsMax);
}

function cellsBelow({ node, left, depth }: FlameCell, whole: number): readonly FlameCell[] {
  let at = left;
  return node.children.map((child) => {
    const width = whole === 0 ? 0 : child.total / whole;
    const cell = { node: child, left: at, width, depth: depth + 1 };
    at += width;
    return cell;
  });
}

/** The functions that took most themselves. */
export function selfRows(root: FlameNode): readonly SelfRow[] {
  const rows = new Map<string, { name: string; place: string; self: number }>();
  const visit = ({ name, place, self, children }: FlameNode) => {
    const key = `${name} ${place}`;
    const row = rows.get(key) ?? { name, place, self: 0 };
    rows.set(key, row);
    row.self += self;
    for (const child of children) visit(child);
  };
  visit(root);
  return [...rows.values()]
    .filter(({ self }) => self > 0)
    .sort((a, b) => b.self - a.self)
    .slice(0, ROWS_MAX);
}

/** The node that an arrow key leads to; undefined if there is none. */
export function neighbour(
  cells: readonly FlameCell[],
  key: string,
  step: string,
): string | undefined {
  const at = cells.find(({ node }) => node.key === key);
  if (at === undefined) return cells[0]?.node.key;
  const row = cells.filter(({ depth }) => depth === at.depth);
  const place = row.indexOf(at);
  switch (step) {
    case "ArrowUp":
      return cells.find(({ node }) => node.children.includes(at.node))?.node.key;
    case "ArrowDown":
      return cells.find(({ node }) => at.node.children.includes(node))?.node.key;
    case "ArrowLeft":
      return row[place - 1]?.node.key;
    case "ArrowRight":
      return row[place + 1]?.node.key;
    case "Home":
      return cells[0]?.node.key;
    default:
      return undefined;
  }
}
