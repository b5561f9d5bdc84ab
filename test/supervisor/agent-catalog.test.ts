import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AgentCatalog, readCatalog } from "../../src/supervisor/agent-catalog.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const module = (type: string) => `export default { type: "${type}", step: () => ({ result: 1 }) };`;

describe("agent catalog", () => {
  test("has what is built in and nothing else without a folder", async () => {
    const { types, problems } = await readCatalog(null, {});
    expect(types).toEqual([
      { name: "joke", moduleUrl: null, source: "built-in", configSchema: null, settings: {} },
    ]);
    expect(problems).toEqual([]);
  });

  test("finds the types of a folder's modules, in TypeScript too, and leaves other files alone", async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, "one.ts"), `const n: number = 1;\n${module("one")}`);
    await writeFile(join(folder.path, "two.mjs"), module("two"));
    await writeFile(join(folder.path, "notes.md"), "not a module");
    await writeFile(join(folder.path, "one.d.ts"), "export {};");
    await mkdir(join(folder.path, "lib"));
    await writeFile(join(folder.path, "lib", "shared.ts"), "export const shared = 1;");
    const { types, problems } = await readCatalog(folder.path, {});
    expect(problems).toEqual([]);
    expect(types.map(({ name }) => name)).toEqual(["joke", "one", "two"]);
  });

  test.each([
    ["does not parse", "export default {{"],
    ["has no default export", "export const step = 1;"],
    ["throws", 'throw new Error("not today");'],
    ["ends its thread", "process.exit(0);"],
    ["takes a built-in type", module("joke")],
    ["has a type as long as a book", module("x".repeat(1_000))],
    [
      "sets what cannot be set",
      `export default { type: "x", step() {}, restart: "sometimes", memory_mb: 64 };`,
    ],
    ["sets a number that is none", `export default { type: "x", step() {}, memory_mb: NaN };`],
    [
      "posts garbage first",
      `import { parentPort } from "node:worker_threads"; parentPort.postMessage(7); ${module("x")}`,
    ],
  ])("names a module that %s and keeps the others", async (_what, source) => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, "bad.js"), source);
    await writeFile(join(folder.path, "good.js"), module("good"));
    const { types, problems } = await readCatalog(folder.path, {});
    expect(types.map(({ name }) => name)).toEqual(["joke", "good"]);
    expect(problems).toMatchObject([{ code: "AGENT_MODULE_BROKEN" }]);
    expect(problems[0]?.message).toContain(join(folder.path, "bad.js"));
  });

  test("knows what a definition sets, where it lies, and the JSON Schema that its library tells", async () => {
    await using folder = await makeTempFolder();
    const schema = `{ "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }),
      jsonSchema: { input: ({ target }) => ({ type: "object", title: target }) } } }`;
    const sources = {
      "a.js": `export default { type: "a", step() {}, config: ${schema}, restart: "temporary",
        restarts_max: 0, interval_ms: 10 };`,
      "b.js": `export default { type: "b", step() {}, config: { toJSONSchema: () => ({ type: "object" }) } };`,
      "c.js": `export default { type: "c", step() {}, config: { toJsonSchema() { throw 1; } } };`,
      "d.js": `export default { type: "d", step() {}, config: (input) => input };`,
    };
    for (const [name, source] of Object.entries(sources)) {
      await writeFile(join(folder.path, name), source);
    }
    const { types, problems } = await readCatalog(folder.path, {});
    expect(problems).toEqual([]);
    expect(types.slice(1)).toMatchObject([
      {
        ...{ source: "a.js", configSchema: { type: "object", title: "draft-2020-12" } },
        settings: { restart: "temporary", restarts_max: 0, interval_ms: 10 },
      },
      { source: "b.js", configSchema: { type: "object" }, settings: {} },
      { source: "c.js", configSchema: null },
      { source: "d.js", configSchema: null },
    ]);
    expect((await readCatalog(join(folder.path, "b.js"), {})).types[1]?.source).toBe("b.js");
  });

  test("takes one module by its path and refuses a path that is not there", async () => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, "one.js");
    await writeFile(file, module("one"));
    expect((await readCatalog(file, {})).types).toHaveLength(2);
    const missing = readCatalog(join(folder.path, "missing"), {});
    await expect(missing).rejects.toMatchObject({ code: "SETTING_INVALID" });
  });

  test("names the known types to whoever asks for another", () => {
    expect(() => new AgentCatalog().get("poet")).toThrow("one of joke, got poet");
  });
});
