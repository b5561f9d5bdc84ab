/** Profiles as trees, held against trees made by hand. */

import { expect, test } from "vitest";
import {
  type FlameNode,
  flameOfCpu,
  flameOfHeap,
  layOut,
  neighbour,
  selfRows,
} from "../../src/dashboard/state/flame-tree.ts";
import type { CpuProfile } from "../../src/model/agent-inside.ts";

const frame = (functionName: string, url = "file:///app/agents/loop.ts", lineNumber = 4) => ({
  functionName,
  scriptId: "1",
  url,
  lineNumber,
  columnNumber: 0,
});

/** root → step → (work, rest), and idle time. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("(root)", "", -1), children: [2, 5] },
    { id: 2, callFrame: frame("step"), children: [3, 4] },
    { id: 3, callFrame: frame("rest", "node:internal/timers") },
    { id: 4, callFrame: frame("work"), children: [6] },
    { id: 5, callFrame: frame("(idle)", "", -1) },
    { id: 6, callFrame: frame("step") },
  ],
  startTime: 1_000,
  endTime: 2_000,
  samples: [2, 3, 4, 5, 6],
  timeDeltas: [0, 100, 200, 300, 150],
};

const names = ({ children }: FlameNode) => children.map(({ name }) => name);

test("a sample lasts until the next one, and idle time is left out", () => {
  const root = flameOfCpu(profile);
  expect(root).toMatchObject({ name: "(root)", place: "", self: 0, total: 850 });
  const [step] = root.children;
  expect(step).toMatchObject({ name: "step", place: "loop.ts:5", self: 100, total: 850 });
  expect(step && names(step)).toEqual(["work", "rest"]);
  expect(step?.children[0]).toMatchObject({ self: 300, total: 550, isAgents: true });
  expect(step?.children[1]).toMatchObject({ self: 200, total: 200, isAgents: false });
});

test("the table adds up all calls of a function", () => {
  expect(selfRows(flameOfCpu(profile)).map(({ name, self }) => [name, self])).toEqual([
    ["step", 350],
    ["work", 300],
    ["rest", 200],
  ]);
});

test("a heap profile is a tree of sizes", () => {
  const child = { callFrame: frame("keep"), selfSize: 30, children: [] };
  const head = { callFrame: frame("(root)", "", -1), selfSize: 0, children: [child] };
  expect(flameOfHeap({ head })).toMatchObject({
    total: 30,
    children: [{ name: "keep", self: 30 }],
  });
});

test("an empty profile is a tree of nothing", () => {
  const empty = { nodes: [], samples: [], timeDeltas: [], startTime: 0, endTime: 0 };
  expect(flameOfCpu(empty)).toMatchObject({ total: 0, children: [] });
  expect(layOut(flameOfCpu(empty), 0.1, 10)).toHaveLength(1);
});

test("cells have shares of the width, and those that cannot be seen are left out", () => {
  const cells = layOut(flameOfCpu(profile), 0.3, 100);
  expect(cells.map(({ node, depth }) => [node.name, depth])).toEqual([
    ["(root)", 0],
    ["step", 1],
    ["work", 2],
  ]);
  expect(cells[2]?.width).toBeCloseTo(550 / 850);
  const all = layOut(flameOfCpu(profile), 0, 100);
  expect(all.find(({ node }) => node.name === "rest")?.left).toBeCloseTo(550 / 850);
  expect(layOut(flameOfCpu(profile), 0, 2)).toHaveLength(2);
});

test("arrow keys lead to callers, calls and neighbours", () => {
  const cells = layOut(flameOfCpu(profile), 0, 100);
  const key = (name: string, depth: number) =>
    cells.find((cell) => cell.node.name === name && cell.depth === depth)?.node.key ?? "";
  const [step, work, rest] = [key("step", 1), key("work", 2), key("rest", 2)];
  expect(neighbour(cells, step, "ArrowDown")).toBe(work);
  expect(neighbour(cells, work, "ArrowUp")).toBe(step);
  expect(neighbour(cells, work, "ArrowRight")).toBe(rest);
  expect(neighbour(cells, rest, "ArrowLeft")).toBe(work);
  expect(neighbour(cells, rest, "ArrowRight")).toBeUndefined();
  expect(neighbour(cells, rest, "Home")).toBe(key("(root)", 0));
  expect(neighbour(cells, rest, "x")).toBeUndefined();
});
