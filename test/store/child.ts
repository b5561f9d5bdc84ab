/**
 * A process beside the test's own: `append <db> <prefix> [count]` appends one action after the
 * other and prints each id once it is durable; `lock <db>` prints `locked` or the error's code and
 * then stays until it is killed; `claim <db> <local> <storage options>` prints `claimed <epoch>` or the
 * error, and stays; `effects <db> [steps]` keeps effects, records steps with noted ones, and prints the id
 * of each effect once it must survive a power cut.
 */

import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { acquireLock } from "../../src/store/ownership/lock.ts";

const [verb = "", location = "", ...rest] = process.argv.slice(2);
const verbs: Readonly<Record<string, () => Promise<void>>> = { append, lock, claim, effects };
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
    const lock = await acquireLock(location, local);
    const claim = { lock, url: "http://127.0.0.1:1", takesOver: false };
    return await openStore({ location, storage: JSON.parse(storage), claim });
  };
  const answer = await open().then(
    ({ epoch }) => `claimed ${epoch}`,
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  );
  stayAfter(answer);
}

async function effects(): Promise<void> {
  const { openStore } = await import("../../src/store/store.ts");
  const { agentRow, effectRow, stepRow } = await import("../support/sample-rows.ts");
  const journal = { folder: location, acksInTable: false };
  const store = await openStore({ location, janitor: {}, journal });
  const [hasSteps] = rest;
  const act = async (agent_id: string) => {
    for (let iteration = 1; ; iteration++) {
      const given = { agent_id, iteration };
      const kept = effectRow({ ...given, turn: iteration, value: JSON.stringify(iteration) });
      await store.effects.keep({ ...kept, state: "started", value: null });
      await store.effects.keep(kept);
      writeSync(1, `${kept.effect_id}\n`);
      if (hasSteps !== "steps") {
        // So that its rows go through the journal and the table in a short run.
        await delay(5);
        continue;
      }
      const noted = effectRow({ ...given, turn: iteration, value: JSON.stringify(iteration) });
      store.effects.note(noted);
      // Its row is merged once the step, and so its effects, are on the disk.
      await store.agents.record(agentRow(given), stepRow(given));
      writeSync(1, `${noted.effect_id}\n`);
    }
  };
  await Promise.all(["a", "b", "c"].map(act));
}

function stayAfter(answer: string): void {
  writeSync(1, `${answer}\n`);
  setInterval(() => undefined, 60_000);
}
