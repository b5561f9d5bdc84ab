/** The program's first file, in a Node that is too old for the rest. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { Database } from "./support/database.ts";
import { findOldNode } from "./support/machine-node.ts";
import { makeTempFolder } from "./support/temp-folder.ts";
import { parseSource, projectRoot } from "./support/tool-source.ts";
import { until } from "./support/until.ts";

const built = join(projectRoot, "dist/troupe.js");

test("nothing is loaded before the version is checked", () => {
  const { imports } = parseSource("dist/troupe.js", readFileSync(built, "utf8"));
  expect(imports.map(({ target }) => target)).toContain("dist/cli.js");
  expect(imports.filter(({ kind }) => kind !== "dynamic")).toEqual([]);
});

const oldNode = findOldNode() ?? "";

describe.skipIf(oldNode === "")("in an older Node of this machine", () => {
  test("the program starts itself again with the project's Node, without an environment", () => {
    const { status, stdout, stderr } = spawnSync(oldNode, [built, "--version"], {
      cwd: "/",
      env: {},
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "0.1.0\n", stderr: "" });
  });

  test("exit code, input and output are those of the program", () => {
    const run = (...args: readonly string[]) =>
      spawnSync(oldNode, [built, ...args], { cwd: "/", encoding: "utf8" });
    expect(run("agent", "nonsense")).toMatchObject({ status: 2, stdout: "" });
    expect(run("agent", "show", "a1", "--db", "/nowhere/at/all")).toMatchObject({ status: 3 });
  });

  test("without a newer one it says in one line how to get one, and ends with exit code 1", async () => {
    await using folder = await makeTempFolder();
    const dist = join(folder.path, "dist");
    await mkdir(dist);
    const { imports } = parseSource("dist/troupe.js", readFileSync(built, "utf8"));
    for (const file of ["dist/troupe.js", ...imports.map(({ target }) => target ?? "")]) {
      if (file.startsWith("dist/")) await cp(join(projectRoot, file), join(folder.path, file));
    }
    const { status, stdout, stderr } = spawnSync(oldNode, [join(dist, "troupe.js"), "--version"], {
      cwd: folder.path,
      env: { HOME: folder.path, PATH: dirname(oldNode) },
      encoding: "utf8",
    });
    // A machine may have a newer one in a usual place; then that one starts, and misses the other files.
    if (!stderr.startsWith("troupe needs")) return expect(stderr).toMatch(/ERR_MODULE_NOT_FOUND/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^troupe needs Node 26 or newer; this is v2[0-5]\..+nodejs\.org.+\n$/);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s to it drains the program, once",
    async (signal) => {
      await using database = await Database.make();
      const started = spawn(oldNode, [built, "start"], {
        cwd: "/",
        env: { TROUPE_DB: database.location, TROUPE_PORT: "0", TROUPE_LOG_FORMAT: "text" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const lines: string[] = [];
      createInterface(started.stdout).on("line", (line) => lines.push(line));
      await until(() => lines.some((line) => line.startsWith("model")));
      started.kill(signal);
      expect(await once(started, "close")).toEqual([0, null]);
      expect(lines.at(-1)).toMatch(/^Troupe has stopped/);
    },
  );

  test("the library can be loaded with import and with require, and openQueue says what it needs", () => {
    const script = (load: string) => `${load}
      const client = connect("http://127.0.0.1:1");
      const refused = (error) => { console.log(error instanceof TroupeError, error.code); };
      client.agentFind("a1").catch(refused)
        .then(() => openQueue("./x")).catch(refused)
        .then(() => client.close());`;
    const module = script(
      `import { connect, openQueue, TroupeError } from ${JSON.stringify(join(projectRoot, "dist/index.js"))};`,
    );
    const required = script(
      `const { connect, openQueue, TroupeError } = require(${JSON.stringify(join(projectRoot, "dist/index.cjs"))});`,
    );
    for (const [type, text] of [
      ["module", module],
      ["commonjs", required],
    ] as const) {
      const { stdout, stderr } = spawnSync(oldNode, [`--input-type=${type}`, "-e", text], {
        encoding: "utf8",
      });
      expect({ type, stdout, stderr }).toEqual({
        type,
        stdout: "true SERVER_UNREACHABLE\ntrue RUNTIME_TOO_OLD\n",
        stderr: "",
      });
    }
  });
});

test("a link to the program, as npm makes it, starts it", async () => {
  await using folder = await makeTempFolder();
  const link = join(folder.path, "troupe");
  await symlink(built, link);
  const { status, stdout } = spawnSync(process.execPath, [link, "--version"], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "0.1.0\n" });
});
