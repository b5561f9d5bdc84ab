/** Troupe under npm and npx: what they print, and their signals, after which no process is left. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { projectRoot } from "../support/tool-source.ts";

/** What was printed until no process had the output open, and how npm ended. */
async function endOfNpm(signal: NodeJS.Signals, ...flags: readonly string[]) {
  await using database = await Database.make();
  const npm = spawn("npm", ["start", "--silent", "--", ...flags], {
    cwd: projectRoot,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      TROUPE_DB: database.location,
      TROUPE_PORT: "0",
      TROUPE_LOG_FORMAT: "text",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface(npm.stdout).on("line", (line) => {
    lines.push(line);
    if (line.startsWith("model")) npm.kill(signal);
  });
  const [code, killedBy] = await once(npm, "close");
  return { end: killedBy ?? code, lines };
}

test("npm start hands SIGTERM on and ends with the program's exit code", async () => {
  const { end, lines } = await endOfNpm("SIGTERM");
  expect(end).toBe(0);
  expect(lines.at(-1)).toMatch(/^Troupe has stopped/);
});

test.each([[], ["--no-heart"]])("a program drains whose npm was killed %s", async (...flags) => {
  const { end, lines } = await endOfNpm("SIGKILL", ...flags);
  expect(end).toBe("SIGKILL");
  expect(lines.join("\n")).toContain("npm is gone: agents stop");
  expect(lines.at(-1)).toMatch(/^Troupe has stopped/);
});

test("npx troupe builds nothing, fetches nothing and prints the program's output alone", async () => {
  await using home = await makeTempFolder(); // with none of npm's caches
  const builtAt = () => statSync(join(projectRoot, "dist/cli.js")).mtimeMs;
  const before = builtAt();
  const { status, stdout, stderr } = spawnSync("npx", ["troupe", "--version"], {
    cwd: projectRoot,
    env: { PATH: process.env["PATH"], HOME: home.path, npm_config_offline: "true" },
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "0.1.0\n", stderr: "" });
  expect(builtAt()).toBe(before);
});
