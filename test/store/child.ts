/**
 * A process beside the test's own: `append <db> <prefix> [count]` appends one action after the
 * other and prints each id once it is durable; `lock <db>` prints `locked` or the error's code and
 * then stays until it is killed.
 */

import { writeSync } from "node:fs";
import { acquireLock } from "../../src/store/ownership/lock.ts";

const [verb, location = "", prefix = "", count = "Infinity"] = process.argv.slice(2);
await (verb === "append" ? append() : lock());

async function append(): Promise<void> {
  // Late: the lock alone is had without LanceDB, much sooner.
  const { openStore } = await import("../../src/store/store.ts");
  const { newAction } = await import("../support/sample-rows.ts");
  await using store = await openStore({ location });
  for (let number = 0; number < Number(count); number++) {
    const id = `${prefix}${number}`;
    await store.queue.append([newAction({ id })]);
    writeSync(1, `${id}\n`);
  }
}

async function lock(): Promise<void> {
  const answer = await acquireLock(location).then(
    () => "locked",
    (error: { code: string }) => error.code,
  );
  writeSync(1, `${answer}\n`);
  setInterval(() => undefined, 60_000);
}
