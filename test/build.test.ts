/** What `npm run build` leaves in `dist/`, as far as it must hold for threads to start fast and clean. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSource, projectRoot, type SourceImport } from "./support/tool-source.ts";

const dist = join(projectRoot, "dist");

function packagesOf(name: string): readonly SourceImport["target"][] {
  const { imports } = parseSource(`dist/${name}`, readFileSync(join(dist, name), "utf8"));
  return imports.map(({ target }) => target).filter((target) => !target?.startsWith("node:"));
}

test("the thread's files need no other, except modules known only at run time", () => {
  for (const name of ["start-thread.cjs", "thread.cjs"]) {
    expect(packagesOf(name).filter((target) => target !== null)).toEqual([]);
  }
});

test("the thread's file has nothing in it but our own and Comlink", () => {
  const map = JSON.parse(readFileSync(join(dist, "thread.cjs.map"), "utf8")) as {
    sources: string[];
  };
  const packages = map.sources.filter(
    (source) => !/^\.\.\/src\/((actor|agents|boundary|model)\/|entry-points\.ts$)/.test(source),
  );
  expect(map.sources).toContain("../src/actor/thread.ts");
  expect(packages).toEqual([expect.stringMatching(/node_modules\/comlink\/[^\n]+$/)]);
});

test("the thread's files are ASCII, of which V8 keeps one byte a character", () => {
  for (const name of ["start-thread.cjs", "thread.cjs"]) {
    expect(readFileSync(join(dist, name)).every((byte) => byte < 0x80)).toBe(true);
  }
});

test("the model worker's file needs BAML and its pool alone", () => {
  expect([...new Set(packagesOf("llm-worker.js"))]).toEqual(["@boundaryml/baml", "piscina"]);
});

test("the file that agents import as troupe imports nothing", () => {
  expect(packagesOf("define-agent.js")).toEqual([]);
});

test("the files that the library loads immediately have no syntax that older Nodes cannot parse", () => {
  const loaded = new Set(["index.js"]);
  for (const name of loaded) {
    const text = readFileSync(join(dist, name), "utf8");
    expect(text).not.toMatch(/^\s*(?:await )?using \w+ =/m);
    for (const [, next = ""] of text.matchAll(/^(?:import|export) .*"\.\/([^"]+)";$/gm))
      loaded.add(next);
  }
  expect(loaded.size).toBeGreaterThan(2);
});

test("all code is flat in one folder, next to the files that it names", () => {
  const nested = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
    // The page's own code is served, not loaded.
    (path) => path.endsWith(".js") && /[\\/]/.test(path) && !path.startsWith("dashboard"),
  );
  expect(nested).toEqual([]);
});

test("the program's file can be executed", () => {
  expect(statSync(join(dist, "troupe.js")).mode & 0o111).toBe(0o111);
});

test("a start loads the packages with many files from the bundles, and names their licences", () => {
  const names = readdirSync(dist).filter((name) => name.endsWith(".js"));
  const targets = new Set(names.flatMap((name) => packagesOf(name)));
  for (const bundled of ["typebox", "typebox/value", "commander", "@opentelemetry/sdk-trace"]) {
    expect([...targets]).not.toContain(bundled);
  }
  const licenses = readFileSync(join(dist, "licenses.txt"), "utf8");
  for (const name of ["typebox", "commander", "comlink", "preact", "@opentelemetry/sdk-trace"]) {
    expect(licenses).toMatch(new RegExp(`^${name} \\d.+\\n\\n\\S`, "m"));
  }
});
