import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCatalog, readCatalog } from "../../../src/supervisor/catalog/catalog-reader.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const rights = { env: codeCacheEnv };
const module = (type: string) => `export default { type: "${type}", step: () => ({ result: 1 }) };`;
const once = (file: string) =>
  `import { existsSync } from "node:fs";
   while (!existsSync(${JSON.stringify(file)})) await new Promise((go) => setTimeout(go, 5));`;

test("of two modules with one type the first by name has it, even if it loads last", async () => {
  await using folder = await makeTempFolder();
  const at = (name: string) => join(folder.path, name);
  await writeFile(at("a.mjs"), `${once(at("go"))}\n${module("twice")}`);
  const loaded = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(at("b"))}, "");`;
  await writeFile(at("b.mjs"), `${loaded}\n${module("twice")}`);
  await writeFile(at("c.mjs"), `${once(at("b"))}\n${module("other")}`);
  const reader = await openCatalog(folder.path, rights);
  // `b.mjs` has loaded before `c.mjs`, and is left for later.
  while (reader.loading.includes(at("c.mjs"))) await reader.finish(20);
  expect(reader.reading.types.map(({ name }) => name)).toEqual(["joke", "other"]);
  const given: string[] = [];
  const followed = reader.follow((file) => given.push(file));
  await writeFile(at("go"), "");
  await followed;
  expect(given).toEqual([at("a.mjs"), at("b.mjs")]);
  const { types, problems } = reader.reading;
  expect(types.at(-1)).toMatchObject({ name: "twice", source: "a.mjs" });
  const left = `agent module ${at("b.mjs")}: its type twice is defined by a.mjs already`;
  expect(problems.map(({ message }) => message)).toEqual([left]);
});

test("a catalog that is closed drops modules that wait for others", async () => {
  await using folder = await makeTempFolder();
  await writeFile(
    join(folder.path, "a.mjs"),
    `setInterval(() => {}, 1e9); await new Promise(() => {}); ${module("x")}`,
  );
  await writeFile(join(folder.path, "b.mjs"), module("x"));
  await writeFile(join(folder.path, "c.mjs"), module("y"));
  const reader = await openCatalog(folder.path, rights);
  while (reader.loading.length > 2) await reader.finish(20);
  const followed = reader.follow(() => expect.unreachable("both are dropped"));
  await reader.close();
  await followed;
});

test("names the built-in type, and an await that never settles", async () => {
  await using folder = await makeTempFolder();
  await writeFile(join(folder.path, "a.mjs"), module("joke"));
  await writeFile(join(folder.path, "b.mjs"), `await new Promise(() => {}); ${module("x")}`);
  const { problems } = await readCatalog(folder.path, rights);
  expect(problems.map(({ message }) => message)).toEqual([
    `agent module ${join(folder.path, "a.mjs")}: its type joke is built in`,
    `agent module ${join(folder.path, "b.mjs")}: an await at its top level never settles`,
  ]);
});

test.each([
  ['"@lib/*": ["./src/lib/*"]', "@lib/tool", true],
  ['// comment\n "@/*": ["./src/*"],', "@/lib/tool", true],
  ['"tool": ["./src/tool.ts"]', "tool", true],
  ['"@lib/*": ["./src/lib/*"]', "@library/tool", false],
  ['"@lib/*": ["./src/lib/*"] }, "lib": ["ES2024"], "more": {', "lib", false],
])(
  "an import by an alias in paths { %s } of tsconfig.json, %s, has its own remedy: %s",
  async (paths, wanted, isAlias) => {
    await using folder = await makeTempFolder();
    await writeFile(
      join(folder.path, "tsconfig.json"),
      `{ "compilerOptions": { "paths": { ${paths} } } }`,
    );
    await writeFile(join(folder.path, "a.ts"), `\nimport "${wanted}";\n${module("a")}`);
    const { problems } = await readCatalog(folder.path, rights);
    expect(problems[0]?.message).toContain("a.ts:2");
    expect(problems[0]?.message).toContain(
      isAlias ? 'Node takes "imports" in package.json' : "npm install",
    );
  },
);
