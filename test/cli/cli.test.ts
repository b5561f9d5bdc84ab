import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempFolder } from "../support/temp-folder.ts";
import { parseSource, projectRoot } from "../support/tool-source.ts";
import { troupe } from "./command.ts";

const here = { cwd: projectRoot };

test("requested help goes to stdout with exit code 0", async () => {
  const help = await troupe(here, "--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toMatch(/^Usage: troupe/);
  for (const name of ["start", "agent", "queue", "env", "baml", "db", "top", "doctor"]) {
    expect(help.stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  }
  const ofStart = await troupe(here, "start", "--help");
  expect(ofStart.code).toBe(0);
  expect(ofStart.stdout).toMatch(/^ {2}--destroy-timeout-ms <value> /m);
});

test("--version prints the package's version", async () => {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  expect(await troupe(here, "--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.concurrent.each([
  [["agent", "lst"], "Did you mean list?"],
  [["agent", "show"], "missing required argument 'id'"],
  [["agent", "list", "-o", "yaml"], "Allowed choices are text, json"],
  [["agent", "list", "--limit", "0"], "whole number from 1 to 1000"],
  [["agent", "create", "a", "--config", "[1]"], "It must be a JSON object"],
  [["agent", "create", "a", "--config", '{"a":1,"a":2}'], 'It must have the name "a" only once.'],
  [["agent", "create", "a", "--wait", "soon"], "It must be seconds"],
  [["agent", "create", "no good"], "AGENT_ID_INVALID"],
  [["agent", "interrupt", "a"], "needs --subject or --guidance"],
  [["agent", "list", "--url", "127.0.0.1:7878"], "SERVER_URL_INVALID"],
  [["top"], "top needs a terminal"],
  [["queue", "list", "--pending", "--outcome", "done"], "cannot be used with"],
  [["start", "--destroy-timeout-ms", "-1"], "SETTING_INVALID: --destroy-timeout-ms must be"],
  [[], "Usage: troupe"],
  [["agent"], "Usage: troupe agent"],
  [["db"], "Usage: troupe db"],
])("a mistake on the command line ends with exit code 2: %j", async (args, message) => {
  await using folder = await makeTempFolder();
  const { code, stdout, stderr } = await troupe({ cwd: folder.path }, ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});

test.concurrent.each([
  [["\u001b[31mlst"], "unknown command 'lst'"],
  [["agent", "li\u202est"], "unknown command 'list'"],
  [["agent", "list", "--\u001b]0;title\u0007x"], "unknown option '--x'"],
])("a usage error repeats nothing that a terminal obeys: %j", async (args, message) => {
  const { code, stderr } = await troupe(here, ...args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  expect(stderr).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
});

test("a wrong setting in the environment ends a start, and only warns commands that do not need it", async () => {
  const env = { TROUPE_PROT: "1" };
  const start = await troupe({ ...here, env }, "start", "--no-heart");
  expect(start.code).toBe(1);
  expect(start.stderr).toMatch(/^troupe: SETTING_UNKNOWN: TROUPE_PROT .*TROUPE_PORT\n$/);
  const list = await troupe({ ...here, env }, "agent", "list");
  expect(list.code).toBe(3); // there is no database
  expect(list.stderr).toContain("TROUPE_PROT");
});

test("help and usage errors load neither the database nor the schema library", () => {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const load = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const { imports } = parseSource(path, readFileSync(join(projectRoot, path), "utf8"));
    for (const { kind, target, isOwn } of imports) {
      if (kind === "type" || kind === "dynamic" || target === null) continue;
      if (isOwn) load(target);
      else if (!target.startsWith("node:")) packages.add(target);
    }
  };
  load("src/cli/cli.ts");
  expect(packages).toEqual(new Set(["commander", "string-width"]));
});
