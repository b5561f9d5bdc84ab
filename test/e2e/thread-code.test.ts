/** The code of threads, which the first agent's thread compiles and later ones load. A copy of the build. */

import { cp, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeScript } from "../../src/actor/thread-script.ts";
import { readCompiled } from "../../src/boundary/compiled-code.ts";
import { connect } from "../../src/index.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { projectRoot } from "../support/tool-source.ts";
import { until } from "../support/until.ts";

test("a later thread loads what the first has compiled; what is damaged is made anew", async () => {
  await using folder = await copyBuild();
  const cache = join(folder.path, "dist/compile-cache");
  const read = async () => {
    const kept = (await readdir(cache)).filter((name) => name.startsWith("thread-"));
    expect(kept).toHaveLength(1);
    const path = join(cache, kept[0] ?? "");
    return { path, bytes: await readFile(path) };
  };

  await stepOnce(folder.path, "first");
  const { path, bytes } = await read();
  const file = join(folder.path, "dist/thread.cjs");
  const code = { file, source: shared(await readFile(file)) };
  const compiled = shared(readCompiled(path) ?? Buffer.alloc(0));
  // Without `compiled` V8 says nothing of it.
  expect(makeScript(code).cachedDataRejected).toBeUndefined();
  expect(makeScript({ ...code, compiled }).cachedDataRejected).toBe(false);
  await stepOnce(folder.path, "second");
  expect((await read()).bytes).toEqual(bytes);

  await writeFile(path, bytes.fill(0, 5_000, 6_000));
  await stepOnce(folder.path, "third");
  const renewed = await read();
  expect(renewed.path).toBe(path);
  expect(renewed.bytes).not.toEqual(bytes);
});

test("agents wait for threads while the program's files are gone, and do not fail", async () => {
  await using folder = await copyBuild();
  await using program = await startProgram(folder.path, { TROUPE_IDLE_MS: "200" });
  await using client = await clientOf(program);
  const config = { interval_ms: 3_600_000 };
  await client.actionWait(await client.agentCreate("rests", "ann", { config }), 30_000);
  const find = async () => await until(() => client.agentFind("rests"));
  await until(async () => (await find()).residency !== "hot");
  const [file, away] = ["start-thread.cjs", "away.cjs"].map((name) =>
    join(folder.path, "dist", name),
  );
  await rename(String(file), String(away));
  await client.agentInterrupt("rests", "ann", { subject: "dogs" });
  await until(async () => (await find()).last_error?.code === "PROGRAM_INCOMPLETE");
  const create = await client.agentCreate("new", "ann");
  expect(await client.actionWait(create, 30_000)).toMatchObject({
    outcome: "rejected",
    error: { code: "PROGRAM_INCOMPLETE" },
  });
  await rename(String(away), String(file));
  await until(async () => {
    const { current_subject, status } = await find();
    return current_subject === "dogs" && status === "running";
  });
  expect(await find()).toMatchObject({ restarts: 0, last_error: null });
  expect(await program.end()).toBe(0);
});

async function copyBuild() {
  const folder = await makeTempFolder();
  await cp(join(projectRoot, "dist"), join(folder.path, "dist"), {
    recursive: true,
    filter: (source) => !/\/(compile-cache|dashboard)(\/|$)/.test(source),
  });
  await cp(join(projectRoot, "package.json"), join(folder.path, "package.json"));
  await symlink(join(projectRoot, "node_modules"), join(folder.path, "node_modules"));
  return folder;
}

function shared(bytes: Buffer): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes.length);
  Buffer.from(memory).set(bytes);
  return memory;
}

/** Until an agent of a new program has stored a step, and the program has ended. */
async function stepOnce(cwd: string, agentId: string): Promise<void> {
  await using program = await startProgram(cwd);
  await using client = await clientOf(program);
  await client.actionWait(await client.agentCreate(agentId, "ann"), 30_000);
  await until(async () => (await Array.fromAsync(client.steps(agentId))).length > 0);
  expect(await program.end()).toBe(0);
}

function startProgram(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  return Program.start({
    cwd,
    entry: join(cwd, "dist/troupe.js"),
    env: { TROUPE_LLM: "offline", TROUPE_TOKEN: "a-token-of-this-test", ...env },
  });
}

async function clientOf(program: Program) {
  const [, url = ""] = /(http:\S+)\/\?token=/.exec(await program.line(/^Troupe serves/)) ?? [];
  return connect(url, { token: "a-token-of-this-test" });
}
