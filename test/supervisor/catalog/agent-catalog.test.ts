import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AgentCatalog } from "../../../src/supervisor/catalog/agent-catalog.ts";
import { openCatalog, readCatalog } from "../../../src/supervisor/catalog/catalog-reader.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const rights = { env: codeCacheEnv };
const module = (type: string) => `export default { type: "${type}", step: () => ({ result: 1 }) };`;

describe("agent catalog", () => {
  test("has only the built-in types without a folder", async () => {
    const { types, problems } = await readCatalog(null, rights);
    expect(types).toEqual([
      {
        name: "joke",
        moduleUrl: null,
        source: "built-in",
        configSchema: null,
        guidanceSchema: null,
        settings: {},
      },
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
    const { types, problems } = await readCatalog(folder.path, rights);
    expect(problems).toEqual([]);
    expect(types.map(({ name }) => name)).toEqual(["joke", "one", "two"]);
  });

  test("takes only files as modules, CommonJS too, and reports what it passed over", async () => {
    await using folder = await makeTempFolder();
    const at = (name: string) => join(folder.path, name);
    const source = (type: string) => `module.exports = { type: "${type}", step() {} };`;
    await writeFile(at("a.cjs"), source("a"));
    await writeFile(at("b.cts"), `const n: number = 1; ${source("b")}`);
    await writeFile(at("c.cjs"), `exports.default = { type: "c", step() {} };`);
    await writeFile(at("d.d.cts"), "export {};");
    await writeFile(at("e.tsx"), module("e"));
    await mkdir(at("x.ts"));
    await symlink(at("nowhere.ts"), at("z.ts"));
    const reader = await openCatalog(folder.path, rights);
    await reader.finish();
    const { types, problems } = reader.reading;
    expect(types.map(({ name }) => name)).toEqual(["joke", "a", "b", "c"]);
    expect(reader.passedOver).toEqual([`${at("x.ts")} is a folder`, `${at("e.tsx")} ends in .tsx`]);
    expect(problems.map(({ details }) => details["file"])).toEqual([at("z.ts")]);
  });

  test("does not wait for modules that hang, and adds the others as they load", async () => {
    await using folder = await makeTempFolder();
    const hangs = Array.from({ length: 6 }, (_, n) => join(folder.path, `a${n}.mjs`));
    for (const file of hangs)
      await writeFile(file, "await new Promise(() => setInterval(() => {}, 1e9));");
    await writeFile(join(folder.path, "z.mjs"), module("late"));
    const reader = await openCatalog(folder.path, rights);
    await reader.finish(0);
    expect(reader.loading).toContain(join(folder.path, "a5.mjs"));
    const catalog = new AgentCatalog();
    catalog.replace(reader.reading, true);
    expect(catalog.mayHave("late")).toBe(true);
    const known = catalog.waitFor("late", new AbortController().signal);
    const given: string[] = [];
    const followed = reader.follow((file) => {
      given.push(file);
      catalog.replace(reader.reading, reader.loading.length > 0);
    });
    await known;
    expect(catalog.get("late").source).toBe("z.mjs");
    expect(given).toEqual([join(folder.path, "z.mjs")]);
    const calledOff = new AbortController();
    const waiting = catalog.waitFor("never", calledOff.signal);
    calledOff.abort();
    await waiting;
    await reader.close();
    await followed;
  });

  test("shows file and line of a syntax error, even in an imported file", async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, "a.mts"), "const a = 1;\nexport default {{");
    await writeFile(join(folder.path, "b.mjs"), `import "./lib/part.mjs"; ${module("b")}`);
    await writeFile(join(folder.path, "c.mjs"), `import "./lib/part"; ${module("c")}`);
    await mkdir(join(folder.path, "lib"));
    await writeFile(join(folder.path, "lib", "part.mjs"), "\n\nexport const x = ;");
    const { problems } = await readCatalog(folder.path, rights);
    const [first, second, third] = problems;
    expect(first?.stack).toMatch(/a\.mts:2\n.*\n?export default \{\{\n/);
    expect(second?.stack).toMatch(/part\.mjs:3\n(.*\n)*export const x = ;\n/);
    expect(`${first?.stack}${second?.stack}`).not.toMatch(/\n +at /);
    expect(third?.message).toContain(`did you mean ${join(folder.path, "lib", "part.mjs")}?`);
  });

  test("explains how to name a module in a package of CommonJS", async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, "package.json"), `{ "type": "commonjs" }`);
    await writeFile(join(folder.path, "a.ts"), `import "node:fs";\n${module("a")}`);
    await writeFile(join(folder.path, "b.js"), module("b"));
    const { problems } = await readCatalog(folder.path, rights);
    expect(problems).toHaveLength(2);
    for (const { message } of problems) expect(message).toMatch(/name the file \.mts or \.mjs/);
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
    ["sets NaN for a number", `export default { type: "x", step() {}, memory_mb: NaN };`],
    [
      "posts garbage first",
      `import { parentPort } from "node:worker_threads"; parentPort.postMessage(7); ${module("x")}`,
    ],
  ])("names a module that %s and keeps the others", async (_what, source) => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, "bad.js"), source);
    await writeFile(join(folder.path, "good.js"), module("good"));
    const { types, problems } = await readCatalog(folder.path, rights);
    expect(types.map(({ name }) => name)).toEqual(["joke", "good"]);
    expect(problems).toMatchObject([{ code: "AGENT_MODULE_BROKEN" }]);
    expect(problems[0]?.message).toContain(join(folder.path, "bad.js"));
  });

  test.each([
    ["config", '{ type: "object" }', "an object without ~standard.validate"],
    ["guidance", '"text"', "a string"],
    ["config", "null", "null"],
    ["guidance", "[]", "an array"],
    [
      "config",
      '{ "~standard": { version: 1, vendor: "t" } }',
      "an object without ~standard.validate",
    ],
  ])("refuses a module whose %s is not a schema but %s", async (field, value, got) => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, "bad.js");
    await writeFile(file, `export default { type: "x", step() {}, ${field}: ${value} };`);
    const { types, problems } = await readCatalog(folder.path, rights);
    expect(types.map(({ name }) => name)).toEqual(["joke"]);
    expect(problems).toMatchObject([{ code: "AGENT_MODULE_BROKEN" }]);
    const expected = "a Standard Schema (zod, valibot, arktype …) or a function";
    expect(problems[0]?.message).toBe(
      `agent module ${file} must have ${expected} as ${field} of "x", got ${got}`,
    );
  });

  test("knows a definition's settings, its place, and the JSON Schema of its library", async () => {
    await using folder = await makeTempFolder();
    const schema = `{ "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }),
      jsonSchema: { input: ({ target }) => ({ type: "object", title: target }) } } }`;
    const exporting = (method: string) =>
      `{ "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }) }, ${method} }`;
    const sources = {
      "a.js": `export default { type: "a", step() {}, config: ${schema}, restart: "temporary",
        restarts_max: 0, interval_ms: 10 };`,
      "b.js": `export default { type: "b", step() {}, config: ${exporting('toJSONSchema: () => ({ type: "object" })')} };`,
      "c.js": `export default { type: "c", step() {}, config: ${exporting("toJsonSchema() { throw 1; }")} };`,
      "d.js": `export default { type: "d", step() {}, config: (input) => input };`,
      "e.js": `export default { type: "e", step() {},
        config: ${exporting('toJSONSchema: () => ({ enum: ["x".repeat(100_000)] })')} };`,
      "f.js": `export default { type: "f", step() {}, guidance: ${schema} };`,
      "g.js": `export default { type: "g", step() {}, guidance: ${exporting("toJsonSchema() { throw 1; }")} };`,
    };
    for (const [name, source] of Object.entries(sources)) {
      await writeFile(join(folder.path, name), source);
    }
    const { types, problems } = await readCatalog(folder.path, rights);
    expect(problems).toEqual([]);
    expect(types.slice(1)).toMatchObject([
      {
        source: "a.js",
        configSchema: { type: "object", title: "draft-2020-12" },
        settings: { restart: "temporary", restarts_max: 0, interval_ms: 10 },
      },
      { source: "b.js", configSchema: { type: "object" }, settings: {} },
      // Any value may be a secret.
      { source: "c.js", configSchema: { writeOnly: true } },
      { source: "d.js", configSchema: null },
      { source: "e.js", configSchema: { writeOnly: true }, guidanceSchema: null },
      { source: "f.js", configSchema: null, guidanceSchema: { title: "draft-2020-12" } },
      { source: "g.js", configSchema: null, guidanceSchema: null },
    ]);
    expect((await readCatalog(join(folder.path, "b.js"), rights)).types[1]?.source).toBe("b.js");
  });

  test.each([
    ["a missing package", "a.mjs", 'import "not-there";', "a.mjs:3", "npm install not-there"],
    [
      "a missing package in CommonJS",
      "a.cjs",
      'require("not-there");',
      "a.cjs:3",
      "npm install not-there",
    ],
    ["a missing file", "a.ts", 'import "./lib/part";', "a.ts:3", "did you mean"],
    ["an enum", "a.ts", "enum A { B }", "a.ts:3", "a const object for an enum"],
    [
      "JSON without an attribute",
      "a.mjs",
      'import "./lib/data.json";',
      "a.mjs",
      'with { type: "json" }',
    ],
    ["a syntax error", "a.ts", "const a: = 1;", "a.ts:3", ""],
    ["a throw", "a.ts", 'throw new Error("no");', "a.ts:3", ""],
    ["a throw in a helper", "a.ts", 'import "./lib/throws.ts";', "throws.ts:2", ""],
    ["a name that is not defined", "a.cts", "oops();", "a.cts:3", ""],
  ])(
    "names file, line and remedy of %s, and shows none of our own stack",
    async (_what, ...given) => {
      const [file, text, place, remedy] = given;
      await using folder = await makeTempFolder();
      await mkdir(join(folder.path, "lib"));
      await writeFile(join(folder.path, "lib", "part.ts"), "export {};");
      await writeFile(join(folder.path, "lib", "data.json"), "{}");
      await writeFile(join(folder.path, "lib", "throws.ts"), '\nthrow new Error("in a helper");');
      await writeFile(join(folder.path, file), `\n\n${text}\n`);
      const { problems } = await readCatalog(folder.path, rights);
      expect(problems).toHaveLength(1);
      const { message = "", stack = "" } = problems[0] ?? {};
      expect(message).toContain(place);
      expect(message).toContain(remedy);
      expect(stack).not.toMatch(/node:internal|load-agent|thread\.cjs|inspect/);
    },
  );

  test("helper files, JSON and packages of an agent's folder can be imported", async () => {
    await using folder = await makeTempFolder();
    const at = (...name: string[]) => join(folder.path, ...name);
    await mkdir(at("lib"));
    await mkdir(at("node_modules", "own"), { recursive: true });
    await writeFile(at("node_modules", "own", "index.js"), 'exports.name = "own";');
    await writeFile(at("lib", "part.ts"), "export const part: string = 'part';");
    await writeFile(at("lib", "data.json"), '{ "name": "data" }');
    await writeFile(
      at("a.mts"),
      `import { part } from "./lib/part.ts"; import data from "./lib/data.json" with { type: "json" };
       import own from "own"; ${module("x").replace('"x"', "[part, data.name, own.name].join('-')")}`,
    );
    const b =
      'const d: string = require("./lib/data.json").name; const { part } = require("./lib/part.ts");';
    await writeFile(at("b.cts"), `${b} module.exports = { type: d + part, step() {} };`);
    const { types, problems } = await readCatalog(folder.path, rights);
    expect(problems).toEqual([]);
    expect(types.map(({ name }) => name)).toEqual(["joke", "part-data-own", "datapart"]);
  });

  test("gives agents of a type whose module is broken that module's fault", async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, "a.mjs"), `${module("worker")}\noops(`);
    const catalog = new AgentCatalog();
    catalog.replace(await readCatalog(folder.path, rights));
    expect(() => catalog.get("worker")).toThrow(
      expect.objectContaining({
        code: "AGENT_MODULE_BROKEN",
        message: expect.stringContaining("a.mjs"),
      }),
    );
    expect(() => catalog.get("other")).toThrow('one of joke, got "other"');
  });

  test("takes one module by its path and refuses a path that is not there", async () => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, "one.js");
    await writeFile(file, module("one"));
    expect((await readCatalog(file, rights)).types).toHaveLength(2);
    const missing = readCatalog(join(folder.path, "missing"), rights);
    await expect(missing).rejects.toMatchObject({ code: "SETTING_INVALID" });
  });

  test("names the known types in the error for another", () => {
    expect(() => new AgentCatalog().get("poet")).toThrow('one of joke, got "poet"');
  });
});
