/** The first signal asks, a later one insists, and the echo of the first does neither. */

import { type ChildProcess, fork } from "node:child_process";
import { on } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";

const program = new URL("signalled-program.ts", import.meta.url);

/** Its reports, one after the other. */
async function* reportsOf(child: ChildProcess): AsyncGenerator<string> {
  for await (const [report] of on(child, "message", { close: ["exit"] })) yield report;
}

test("a signal that waited while the end blocked the event loop is the echo of the request", async () => {
  const child = fork(program, { stdio: ["pipe", "inherit", "inherit", "ipc"] });
  const reports = reportsOf(child);
  const next = async () => (await reports.next()).value;
  expect(await next()).toBe("ready");
  child.send("end");
  expect(await next()).toBe("requested by its heart");
  child.kill("SIGTERM");
  child.stdin?.end();
  child.send("are you there?");
  expect(await next()).toBe("still here");
  const insisted = next();
  let isOver = false;
  void insisted.then(() => {
    isOver = true;
  });
  while (!isOver) {
    child.kill("SIGTERM");
    await delay(20);
  }
  expect(await insisted).toBe("insisted by SIGTERM");
  child.disconnect();
  await reports.return(undefined);
});
