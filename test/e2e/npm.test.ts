/** Signals to npm, which ends or hands them on: either way the program drains and no process is left. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
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
