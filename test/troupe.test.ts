import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { parseSource, projectRoot } from "./support/tool-source.ts";

const built = join(projectRoot, "dist/troupe.js");
const source = join(projectRoot, "src/troupe.ts");

/** Says that the running Node is an old one, before anything else runs. */
const oldVersion = `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })`;

test("an older Node is refused in one line, with exit code 1", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", oldVersion, source], {
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^troupe needs Node 26 or newer, this is v20\.20\.2: .+\n$/);
});

test("nothing is loaded before the version is checked", () => {
  const { imports } = parseSource("dist/troupe.js", readFileSync(built, "utf8"));
  expect(imports.map(({ target }) => target)).toContain("dist/cli.js");
  expect(imports.filter(({ kind }) => kind !== "dynamic")).toEqual([]);
});

/** A Node of the machine that is older than the one Troupe needs. */
function findOldNode(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, "node")).filter((path) => existsSync(path));
  return found.find((path) => {
    const { stdout } = spawnSync(path, ["-p", "parseInt(process.versions.node)"], {
      encoding: "utf8",
    });
    return Number(stdout) >= 18 && Number(stdout) < 26;
  });
}

const oldNode = findOldNode();

test.skipIf(oldNode === undefined)(
  "an older Node of this machine can parse what refuses it",
  () => {
    const { status, stderr } = spawnSync(oldNode ?? "", [built, "--version"], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(stderr).toMatch(/^troupe needs Node 26 or newer, this is v(18|2[0-5])\./);
  },
);
