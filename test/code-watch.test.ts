/** `troupe start --watch`: saved code runs, without a command. */

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../src/index.ts";
import { RunningCommand } from "./cli/command.ts";
import { makeTempFolder } from "./support/temp-folder.ts";
import { until } from "./support/until.ts";

test("a saved file restarts the agents that load it, and no others; a broken one changes nothing", async () => {
  await using folder = await makeTempFolder();
  const place = { cwd: folder.path, env: { TROUPE_AGENTS: "./agents" } };
  const save = (name: string, text: string) => writeFile(join(folder.path, "agents", name), text);
  await mkdir(join(folder.path, "agents", "lib"), { recursive: true });
  await save("lib/word.mjs", 'export const word = "one";');
  const rest = `interval_ms: 20, step: () => ({ result: word }) };`;
  await save("a.mjs", `import { word } from "./lib/word.mjs"; export default { type: "a", ${rest}`);
  await save("b.mjs", `const word = "own"; export default { type: "b", ${rest}`);
  await using server = new RunningCommand(place, ["start", "--no-heart", "--watch"]);
  await server.saw(/watching code/);
  await server.saw(/^model .*\n/m);
  await using queue = await openQueue(join(folder.path, "data/troupe"));
  const show = async (id: string) => await until(() => queue.agentFind(id));
  for (const type of ["a", "b"]) {
    await queue.actionWait(await queue.agentCreate(type, "me", { agentType: type }), 60_000);
  }
  await save("lib/word.mjs", 'export const word = "two";');
  await until(async () => (await show("a")).result === "two");
  await save("lib/word.mjs", "export const word = ;");
  await server.saw(/changed code is not in use: AGENT_MODULE_BROKEN.*word\.mjs:1/);
  expect(await show("a")).toMatchObject({ status: "running", result: "two", generation: 2 });
  await save("lib/word.mjs", 'export const word = "three";');
  await until(async () => (await show("a")).result === "three");
  expect(await show("b")).toMatchObject({ status: "running", generation: 1 });
});

test("a saved file that an agent loads from another folder restarts it", async () => {
  await using folder = await makeTempFolder();
  const place = { cwd: folder.path, env: { TROUPE_AGENTS: "./agents" } };
  const save = (path: string, text: string) => writeFile(join(folder.path, path), text);
  for (const name of ["agents", "src", "words", "node_modules"])
    await mkdir(join(folder.path, name));
  await save("words/package.json", '{ "name": "words", "exports": "./word.mjs" }');
  await symlink("../words", join(folder.path, "node_modules/words"));
  await save("words/word.mjs", 'export const word = "one";');
  await save("src/mark.mjs", 'export const mark = "!";');
  await save(
    "agents/a.mjs",
    `import { word } from "words";
     import { mark } from "../src/mark.mjs";
     export default { type: "a", interval_ms: 20, step: () => ({ result: word + mark }) };`,
  );
  await using server = new RunningCommand(place, ["start", "--no-heart", "--watch"]);
  await server.saw(/watching code.*words/s);
  await server.saw(/^model .*\n/m);
  await using queue = await openQueue(join(folder.path, "data/troupe"));
  await queue.actionWait(await queue.agentCreate("a", "me", { agentType: "a" }), 60_000);
  const saying = (text: string) => until(async () => (await queue.agentFind("a"))?.result === text);
  await saying("one!");
  await save("words/word.mjs", 'export const word = "two";');
  await saying("two!");
  await save("src/mark.mjs", 'export const mark = "?";');
  await saying("two?");
});

test("a module next to the database is watched without the database and without what agents write", async () => {
  await using folder = await makeTempFolder();
  const place = { cwd: folder.path, env: { TROUPE_AGENTS: "./agent.mjs" } };
  const path = join(folder.path, "agent.mjs");
  const source = (word: string) =>
    `import { writeFileSync } from "node:fs";
     export default { type: "a", interval_ms: 20, step(ctx) {
       writeFileSync("notes.json", String(ctx.iteration));
       return { result: "${word}" };
     } };`;
  await writeFile(path, source("one"));
  await using server = new RunningCommand(place, ["start", "--no-heart", "--watch"]);
  await server.saw(/watching code/);
  await server.saw(/^model .*\n/m);
  await using queue = await openQueue(join(folder.path, "data/troupe"));
  await queue.actionWait(await queue.agentCreate("a", "me", { agentType: "a" }), 60_000);
  await until(async () => ((await queue.agentFind("a"))?.iteration ?? 0) > 50);
  await writeFile(path, source("two"));
  await until(async () => (await queue.agentFind("a"))?.result === "two");
  const reloads = await Array.fromAsync(queue.actions({ action: "environment_reload" }));
  expect(reloads).toHaveLength(1);
});

test("a saved BAML file is read again, without a restart", async () => {
  await using folder = await makeTempFolder();
  const place = { cwd: folder.path };
  const greet = (prompt: string) =>
    `function Greet() -> string {\n  client Default\n  prompt #"${prompt}"#\n}`;
  const baml = join(folder.path, "baml_src");
  await mkdir(join(folder.path, "agents"));
  await mkdir(baml);
  await writeFile(join(baml, "greet.baml"), greet("first question"));
  await writeFile(
    join(folder.path, "agents/greeter.mjs"),
    `export default { type: "greeter", interval_ms: 20,
       step: async (ctx) => ({ result: await ctx.llm.Greet({}) }) };`,
  );
  await using server = new RunningCommand(place, ["start", "--no-heart", "--watch"]);
  await server.saw(/watching code.*baml_src/s);
  await server.saw(/^model .*\n/m);
  await using queue = await openQueue(join(folder.path, "data/troupe"));
  await queue.actionWait(await queue.agentCreate("a", "me", { agentType: "greeter" }), 60_000);
  const answers = async (text: string) =>
    until(async () => (await queue.agentFind("a"))?.result?.includes(text));
  await answers("first question");
  await writeFile(join(baml, "greet.baml"), greet("second question"));
  await answers("second question");
  expect(await queue.agentFind("a")).toMatchObject({ generation: 1, status: "running" });
});
