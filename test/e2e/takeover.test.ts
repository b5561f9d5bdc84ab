/** Several starts on one database, from folders that share nothing else. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { troupe } from "../cli/command.ts";
import { clientOf, makePlace, programIn, stepsOf } from "../support/owners.ts";
import {
  expectOneOfFour,
  expectReplaced,
  iterationOf,
  startAgent,
  takeOverStopped,
} from "../support/takeovers.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

test.each(["folder", "object store"] as const)(
  "of four starts at the same moment on one %s one serves, and the others name it",
  async (kind) => {
    await using place = await makePlace(kind);
    await using programs = new AsyncDisposableStack();
    const url = await expectOneOfFour(place, programs);
    // From a folder where nothing is.
    await using cwd = await makeTempFolder();
    const { stdout } = await troupe({ cwd: cwd.path, env: place.env }, "doctor");
    expect(stdout).toMatch(new RegExp(`supervisor +process \\d+ .*at ${url}, alive`));
    // Through the server: the journal of a process that runs is its own.
    const stats = await troupe({ cwd: cwd.path, env: place.env }, "db", "stats", "-o", "json");
    expect(JSON.parse(stats.stdout)).toHaveProperty("journal");
  },
);

test.each(["folder", "object store"] as const)(
  "on a %s a start elsewhere follows a killed process silently",
  async (kind) => {
    await using place = await makePlace(kind);
    await using first = programIn(place, "a");
    const client = await clientOf(first);
    expect(await startAgent(client)).toBe("done");
    await until(async () => (await stepsOf(place, 1)).length > 5);
    first.signalGroup("SIGKILL");
    await first.exited();
    await using second = programIn(place, "b");
    const after = await clientOf(second);
    const reached = Math.max(...(await stepsOf(place, 1)));
    await until(async () => (await iterationOf(after)) > reached + 5);
    expect(Math.min(...(await stepsOf(place, 2)))).toBe(reached + 1);
  },
);

test.each(["folder", "object store"] as const)(
  "on a %s a stopped process that is taken over ends when it continues, its heart too, and no step of it counts",
  async (kind) => {
    await using place = await makePlace(kind);
    await using programs = new AsyncDisposableStack();
    const taken = await takeOverStopped(place, programs);
    await expectReplaced(taken);
    const { second, client } = taken;
    const { before } = taken.stored;
    const { items } = await client.stepPage("agent1", { limit: 1_000 });
    expect(new Set(items.map(({ iteration }) => iteration)).size).toBe(items.length);
    expect(items.every(({ iteration, epoch }) => epoch === 2 || before.includes(iteration))).toBe(
      true,
    );
    expect(await second.end()).toBe(0);
  },
);

test("a restart by the heart does not repeat the takeover of its start", async () => {
  await using place = await makePlace("object store");
  await using first = programIn(place, "a", "--takeover");
  await clientOf(first);
  const note = await readFile(join(place.folder("a"), "troupe.lock"), "utf8");
  const { pid } = JSON.parse(note) as { pid: number };
  process.kill(pid, "SIGSTOP");
  await using second = programIn(place, "b", "--takeover");
  const client = await clientOf(second);
  process.kill(pid, "SIGKILL");
  expect(await first.exited()).toBe(1);
  expect(first.output).toMatch(/was killed by SIGKILL; restarting/);
  expect(first.output).toMatch(/DATABASE_LOCKED/);
  expect(await startAgent(client)).toBe("done");
});
