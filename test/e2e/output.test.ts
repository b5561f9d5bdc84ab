/** Whoever reads the output, or does not, has no say in whether the fleet runs. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Pipe } from "../support/pipe.ts";
import { until } from "../support/until.ts";

const entry = fileURLToPath(new URL("../../dist/troupe.js", import.meta.url));

test("a fleet whose output is a full pipe works, ends on request, and writes again once it is read", async () => {
  await using database = await Database.make();
  await using pipe = await Pipe.make();
  pipe.fill();
  const { writeEnd } = pipe;
  const program = spawn(process.execPath, [entry, "start", "--port", "0"], {
    cwd: database.folder,
    env: { PATH: process.env["PATH"], TROUPE_LOG: "trace", TROUPE_LOG_FORMAT: "text" },
    stdio: ["ignore", writeEnd, writeEnd],
  });
  const exited = once(program, "exit");
  const { queue } = database;
  const config = { interval_ms: 1 };
  expect(await database.processed(queue.agentCreate("a", "test", { config }))).toMatchObject({
    outcome: "done",
  });
  await database.agent("a", (row) => row.iteration > 10);
  program.kill("SIGTERM");
  let read = "";
  await until(() => {
    read += pipe.read();
    return program.exitCode !== null;
  });
  expect(await exited).toEqual([0, null]);
  expect(read + pipe.read()).toMatch(/Troupe serves at[\s\S]*\nTroupe has stopped/);
});

test("a fleet whose reader has gone runs on and drains", async () => {
  await using database = await Database.make();
  const program = spawn(process.execPath, [entry, "start", "--port", "0"], {
    cwd: database.folder,
    env: { PATH: process.env["PATH"], TROUPE_LOG_FORMAT: "text" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(program, "exit");
  program.stdout.destroy();
  program.stderr.destroy();
  const { queue } = database;
  await database.processed(queue.agentCreate("a", "test", { config: { interval_ms: 1 } }));
  await database.agent("a", (row) => row.iteration > 10);
  program.kill("SIGHUP");
  expect(await exited).toEqual([0, null]);
  expect((await database.agent("a", () => true)).epoch).toBe(1);
});
