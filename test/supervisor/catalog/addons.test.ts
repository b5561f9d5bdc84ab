/** Native add-ons in agents' threads: refused by name, or allowed; packages without native code work. */

import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { parseAgentId } from "../../../src/model/ids.ts";
import { readCatalog } from "../../../src/supervisor/catalog/catalog-reader.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";
import { Fleet } from "../../support/fleet.ts";
import { startAgent } from "../../support/supervised-agents.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const packages = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const step = `step: () => ({ result: "fine", done: true })`;

/** A project whose agent is this module, with the packages of this one. */
async function makeProject(source: string, file = "agent.mjs") {
  const folder = await makeTempFolder();
  await symlink(packages, join(folder.path, "node_modules"));
  const agents = join(folder.path, file);
  await writeFile(agents, source);
  return { folder, agents };
}

const ways = [
  [
    "import of a package",
    `import "@boundaryml/baml/native"; export default { type: "a", ${step} };`,
  ],
  [
    "createRequire",
    `import { createRequire } from "node:module";
     createRequire(import.meta.url)("@lancedb/lancedb"); export default { type: "a", ${step} };`,
  ],
  [
    "process.dlopen",
    `process.dlopen({ exports: {} }, "/opt/node_modules/@own/addon/build/addon.node");
     export default { type: "a", ${step} };`,
  ],
  [
    "dlopen of node:process",
    `import { dlopen } from "node:process";
     dlopen({ exports: {} }, "/opt/node_modules/@own/addon/build/addon.node");
     export default { type: "a", ${step} };`,
  ],
  [
    "an extension of node:sqlite",
    `import { DatabaseSync } from "node:sqlite";
     new DatabaseSync(":memory:", { allowExtension: true })
       .loadExtension("/opt/node_modules/@own/addon/build/addon.node");
     export default { type: "a", ${step} };`,
  ],
  [
    "process.getBuiltinModule of node:ffi",
    `process.getBuiltinModule("node:ffi").dlopen("/opt/node_modules/@own/addon/build/addon.node");
     export default { type: "a", ${step} };`,
  ],
  [
    "a class of node:ffi",
    `import { DynamicLibrary } from "node:ffi";
     new DynamicLibrary("/opt/node_modules/@own/addon/build/addon.node");
     export default { type: "a", ${step} };`,
  ],
] as const;

describe("a module that loads a native add-on", () => {
  test.each(ways)("is refused by its file and its package: %s", async (_way, source) => {
    const { folder, agents } = await makeProject(source);
    await using _folder = folder;
    const { types, problems } = await readCatalog(agents, { env: codeCacheEnv });
    expect(types.map(({ name }) => name)).toEqual(["joke"]);
    expect(problems).toMatchObject([{ code: "AGENT_ADDON_REFUSED", details: { types: ["a"] } }]);
    const message = problems[0]?.message ?? "";
    expect(message).toContain(`agent module ${agents} cannot be loaded`);
    expect(message).toMatch(/\.node is a native add-on of the package @\w+\/[\w-]+,/);
    expect(message).toContain("TROUPE_AGENT_ADDONS=allow");
  });

  test("and continues without it is refused for nothing, and its own fault is reported", async () => {
    const optional = `import { createRequire } from "node:module";
      try { createRequire(import.meta.url)("@boundaryml/baml/native"); } catch {}`;
    const { folder, agents } = await makeProject(
      `${optional} throw new Error("REGION is not set"); export default { type: "a", ${step} };`,
    );
    await using _folder = folder;
    const { problems } = await readCatalog(agents, { env: codeCacheEnv });
    expect(problems).toMatchObject([{ code: "AGENT_MODULE_BROKEN" }]);
    expect(problems[0]?.message).toContain("REGION is not set");
    await writeFile(agents, `${optional} export default { type: "a", ${step} };`);
    expect((await readCatalog(agents, { env: codeCacheEnv })).problems).toEqual([]);
  });

  test("can use node:sqlite without extensions", async () => {
    const { folder, agents } = await makeProject(
      `import { DatabaseSync } from "node:sqlite";
       class Own extends DatabaseSync {}
       const database = new Own(":memory:");
       database.enableLoadExtension(false);
       const { one } = database.prepare("SELECT 1 AS one").get();
       let loaded = ""; try { database.exec("SELECT load_extension('x')"); loaded = "loaded"; } catch {}
       export default { type: one + loaded + (database instanceof DatabaseSync), ${step} };`,
    );
    await using _folder = folder;
    const { types } = await readCatalog(agents, { env: codeCacheEnv });
    expect(types.map(({ name }) => name)).toEqual(["joke", "1true"]);
  });

  test("works if add-ons are allowed", async () => {
    const { folder, agents } = await makeProject(ways[0][1]);
    await using _folder = folder;
    const { types, problems } = await readCatalog(agents, {
      env: codeCacheEnv,
      mayLoadAddons: true,
    });
    expect(problems).toEqual([]);
    expect(types.map(({ name }) => name)).toEqual(["joke", "a"]);
  });

  test.each([
    ["setup", "@boundaryml/baml/native"],
    ["step", "@boundaryml/baml/native"],
  ])("only in its %s ends in `error` and is not tried again", async (hook, name) => {
    const load = `createRequire(import.meta.url)("${name}")`;
    const { folder, agents } = await makeProject(
      `import { createRequire } from "node:module";
       export default { type: "late", setup() { if ("${hook}" === "setup") ${load}; },
         step() { ${load}; return { result: "loaded" }; } };`,
    );
    await using _folder = folder;
    await using fleet = await Fleet.start();
    fleet.catalog.replace(await readCatalog(agents, { env: codeCacheEnv }));
    const id = parseAgentId("agent1");
    const seed = { agentType: "late", subject: null, config: {} };
    await startAgent(fleet.supervisor, id, seed, "create").catch(() => undefined);
    const row = await fleet.database.status(id, "error");
    expect(row).toMatchObject({ generation: 1, last_error: { code: "AGENT_ADDON_REFUSED" } });
  });

  test("through a thread of its own is refused, too", async () => {
    const file = pathToFileURL(join(packages, "@boundaryml/baml/native.js")).href;
    const { folder, agents } = await makeProject(
      `import { once } from "node:events"; import { Worker } from "node:worker_threads";
       const inner = 'import("${file}").then(() => postMessage("loaded"), (e) => postMessage(String(e.cause ?? e)))'
         .replaceAll("postMessage", 'require("node:worker_threads").parentPort.postMessage');
       const [said] = await once(new Worker(inner, { eval: true }), "message");
       export default { type: said === "loaded" ? "a" : "refused", ${step} };`,
    );
    await using _folder = folder;
    const { types } = await readCatalog(agents, { env: codeCacheEnv });
    expect(types.map(({ name }) => name)).toEqual(["joke", "refused"]);
  });
});

test("packages without native code work, and those that have a way without it", async () => {
  const { folder, agents } = await makeProject(
    `import Ajv from "ajv"; import { nanoid } from "nanoid"; import OpenAI from "openai";
     import semver from "semver"; import { WebSocket } from "ws"; import { parse } from "yaml"; import { z } from "zod";
     new Ajv().compile({ type: "object" }); new OpenAI({ apiKey: "none" });
     const made = [nanoid(), semver.major("1.2.3"), WebSocket.OPEN, parse("a: 1").a, z.string().parse("text")];
     export default { type: made.length === 5 ? "pure" : "odd", ${step} };`,
  );
  await using _folder = folder;
  const { types, problems } = await readCatalog(agents, { env: codeCacheEnv });
  expect(problems).toEqual([]);
  expect(types.map(({ name }) => name)).toEqual(["joke", "pure"]);
});
