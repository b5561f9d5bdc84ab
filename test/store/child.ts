/**
 * A process beside the test's own: `append <db> <prefix> [count]` appends one action after the
 * other and prints each id once it is durable; `lock <db>` prints `locked` or the error's code and
 * then stays until it is killed; `claim <db> <local> <storage options>` prints `claimed <epoch>` or the
 * error, and stays.
 */

import { writeSync } from "node:fs";
import { acquireLock } from "../../src/store/ownership/lock.ts";

const [verb = "", location = "", ...rest] = process.argv.slice(2);
const verbs: Readonly<Record<string, () => Promise<void>>> = { append, lock, claim };
await verbs[verb]?.();

async function append(): Promise<void> {
  // Late: the lock alone is had without LanceDB, much sooner.
  const { openStore } = await import("../../src/store/store.ts");
  const { newAction } = await import("../support/sample-rows.ts");
  const [prefix = "", count = "Infinity"] = rest;
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
  stayAfter(answer);
}

async function claim(): Promise<void> {
  const { openStore } = await import("../../src/store/store.ts");
  const [local = "", storage = "{}"] = rest;
  const open = async () => {
    const lock = await acquireLock(location, {}, local);
    const claim = { lock, url: "http://127.0.0.1:1", takesOver: false };
    return await openStore({ location, storage: JSON.parse(storage), claim });
  };
  const answer = await open().then(
    ({ epoch }) => `claimed ${epoch}`,
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  );
  stayAfter(answer);
}

function stayAfter(answer: string): void {
  writeSync(1, `${answer}\n`);
  setInterval(() => undefined, 60_000);
}
