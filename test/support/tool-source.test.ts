/** What the tests of the architecture read of a source file. */

import { expect, test } from "vitest";
import { parseSource } from "./tool-source.ts";

test("the parser sees every form of import", () => {
  const { imports } = parseSource(
    "src/queue/probe.ts",
    `import a, { type B } from "./a.ts"; import type { C } from "../model/c.ts"; import "./d.ts";
     export * from "./e.ts"; export { f } from "f"; export type { G } from "g/sub";
     const h = await import("node:h"); const i = await import(h); type J = import("./j.ts").J;`,
  );
  expect(imports.map(({ kind, target, isOwn }) => [kind, target, isOwn])).toEqual([
    ["static", "src/queue/a.ts", true],
    ["type", "src/model/c.ts", true],
    ["bare", "src/queue/d.ts", true],
    ["reexport", "src/queue/e.ts", true],
    ["reexport", "f", false],
    ["type", "g/sub", false],
    ["dynamic", "node:h", false],
    ["dynamic", null, false],
    ["type", "src/queue/j.ts", true],
  ]);
});
