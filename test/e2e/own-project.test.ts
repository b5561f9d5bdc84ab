/** Troupe as a package in a project of a user's own: packed, installed without scripts, used as README says. */

import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ownProjectCommands } from "../support/documented-commands.ts";
import { findOldNode } from "../support/machine-node.ts";
import { OwnProject } from "../support/own-project.ts";
import { projectRoot } from "../support/tool-source.ts";
import { until } from "../support/until.ts";

/** Largest package, in bytes. */
const TARBALL_BYTES_MAX = 3 * 1024 * 1024;
const tsc = join(projectRoot, "node_modules/.bin/tsc");

let project: OwnProject;

beforeAll(async () => {
  project = await OwnProject.make();
});
afterAll(() => project[Symbol.asyncDispose]());

/** What the reader of the chapter types, with the places that are different here. */
async function read(command: string): Promise<void> {
  if (command === "npm pack") return; // It has made the package.
  const typed = command.replace(/\S+\.tgz/, project.tarball);
  if (/^npx troupe start\b/.test(typed)) return await project.serve(typed);
  const install = { npm_config_ignore_scripts: "true", npm_config_prefer_offline: "true" };
  const ended = await project.run(typed, install);
  expect({ command, ...ended }).toMatchObject({ code: 0 });
}

test("the chapter about it is true, from an empty folder to the first stored step", {
  timeout: 300_000,
}, async () => {
  for (const step of ownProjectCommands()) {
    if (step.kind === "command") await read(step.text);
    else {
      const path = join(project.path, step.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, step.text);
    }
  }
  await until(async () => {
    const { stdout } = await project.run("npx troupe agent steps hello1 -o json");
    return JSON.parse(stdout).items.some(({ status }: { status: string }) => status === "ok");
  });
  await project.stop();
});

test("the project stays as it was: CommonJS, its own Node, no server of ours in its scripts' PATH", async () => {
  const bin = await readdir(join(project.path, "node_modules/.bin"));
  expect(bin).toContain("troupe");
  expect(bin).not.toContain("node");
  expect(bin).not.toContain("npm");
  const manifest = JSON.parse(await readFile(join(project.path, "package.json"), "utf8"));
  expect(Object.keys(manifest.dependencies)).toEqual(["troupe"]);
  const versions = await Promise.all([project.run("node -v"), project.run("npx -c 'node -v'")]);
  expect(versions[0].stdout).toBe(versions[1].stdout);
});

test("init writes nothing over a file", async () => {
  const path = join(project.path, "tsconfig.json");
  await writeFile(path, "{}");
  const { code, stdout } = await project.run("npx troupe init");
  expect(code).toBe(0);
  expect(stdout).toContain("kept  tsconfig.json");
  expect(await readFile(path, "utf8")).toBe("{}");
});

test("the package is small, with no code cache and one file of types", async () => {
  const { size } = await stat(project.tarball);
  expect(size).toBeLessThanOrEqual(TARBALL_BYTES_MAX);
  const { stdout } = spawnSync("tar", ["tzf", project.tarball], { encoding: "utf8" });
  const files = stdout.split("\n").map((line) => line.replace("package/", ""));
  expect(files.filter((file) => /\.d\.c?ts$/.test(file)).sort()).toEqual([
    "dist/index.d.cts",
    "dist/index.d.ts",
  ]);
  expect(
    files.filter((file) => /dist\/compile-cache\/|^(?:src|test|bench)\/|\.tsx$/.test(file)),
  ).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      "README.md",
      "LICENSE",
      "dist/licenses.txt",
      "template/agents/hello.ts",
      "template/baml_src/hello.baml",
    ]),
  );
});

test("the library's types have no error under any check, and refuse what JSON does not hold", async () => {
  const folder = join(project.path, "types");
  await cp(join(projectRoot, "test/support/project-types"), folder, { recursive: true });
  const strict = { strict: true, noEmit: true, types: ["node"], lib: ["esnext"], target: "esnext" };
  const settings = {
    "agents.json": { ...strict, module: "nodenext", exactOptionalPropertyTypes: true },
    "module.json": {
      ...strict,
      module: "nodenext",
      verbatimModuleSyntax: true,
      exactOptionalPropertyTypes: true,
    },
    "older.json": { ...strict, module: "node16" },
  };
  const files = {
    "agents.json": ["../agents/hello.ts", "../.troupe/llm.d.ts"],
    "module.json": ["compiles.ts", "refused.ts"],
    "older.json": ["required.cts"],
  };
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const [name, compilerOptions] of Object.entries(settings)) {
    const config = { compilerOptions, files: files[name as keyof typeof files] };
    await writeFile(join(folder, name), JSON.stringify(config));
    const { stdout } = spawnSync(tsc, ["-p", join(folder, name)], { encoding: "utf8" });
    expect({ name, stdout }).toEqual({ name, stdout: "" });
  }
});

const load = `
  console.log(Object.keys(troupe).sort().join());
  const error = new troupe.TroupeError("AGENT_UNKNOWN", "x");
  import("troupe").then((module) => console.log(error instanceof module.TroupeError));`;

test.each([
  ["this Node", process.execPath],
  ["an older Node", findOldNode()],
])("require and import give the same library, in %s", (_, node) => {
  if (node === undefined) return;
  for (const [type, line] of [
    ["commonjs", `const troupe = require("troupe");`],
    ["module", `import * as troupe from "troupe";`],
  ]) {
    const { stdout, stderr } = spawnSync(node, [`--input-type=${type}`, "-e", `${line}${load}`], {
      cwd: project.path,
      encoding: "utf8",
    });
    const names = "TroupeError,UnknownOutcome,connect,defineAgent,openQueue";
    expect({ type, stdout, stderr }).toEqual({ type, stdout: `${names}\ntrue\n`, stderr: "" });
  }
});

/** Nobody, where the test may become somebody else; else this user, who may not write the package then. */
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

test("a service runs it from a folder that it cannot write, as another user without a home", async () => {
  const data = join(project.path, "service");
  await mkdir(data);
  await chmod(data, 0o777);
  const packaged = join(project.path, "node_modules/troupe/dist");
  await chmod(packaged, 0o555);
  const program = join(project.path, "node_modules/.bin/troupe");
  const { NVM_DIR, PATH = "" } = project.env;
  const env = {
    PATH,
    NVM_DIR: NVM_DIR ?? "",
    HOME: "/nonexistent",
    TROUPE_PORT: "0",
    TMPDIR: data,
  };
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const run = (...args: readonly string[]) =>
    spawnSync(program, args, { cwd: data, env, encoding: "utf8", ...user });
  await project.serve(`exec ${program} start`, env, { cwd: data, ...user });
  expect(run("agent", "create", "a1", "--wait", "20")).toMatchObject({ status: 0 });
  await until(() => run("agent", "steps", "a1").stdout.includes("ok"));
  // Threads have their code cache all the same.
  expect(await readdir(join(data, "data/troupe"))).toContain("compile-cache");
  await project.stop();
  await chmod(packaged, 0o755);
});
