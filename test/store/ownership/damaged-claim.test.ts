/** Claims, and epochs of agents, that no start can have made, as another program may leave them. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireLock } from "../../../src/store/ownership/lock.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { agentRow } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { openForeign } from "../sample-store.ts";

interface Claimed extends AsyncDisposable {
  readonly location: string;
  start(): Promise<Store & AsyncDisposable>;
}

async function makeClaimed(): Promise<Claimed> {
  const folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const lock = await acquireLock(location, join(folder.path, "local"), false);
  const claim = { lock, url: null, takesOver: false };
  return {
    location,
    start: () => openStore({ location, janitor: {}, claim }),
    [Symbol.asyncDispose]: async () => {
      await lock[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function damage(location: string, table: string, epoch: number): Promise<void> {
  const foreign = await openForeign(location, table);
  await foreign.update({ where: "true", values: { epoch } });
  foreign.close();
}

const damaged = [2 ** 31 - 1, 2 ** 30 + 1, -1, 1 - 2 ** 31];

test.each(damaged)("a start survives the epoch %i in an agent's row and a claim", async (epoch) => {
  await using place = await makeClaimed();
  {
    await using store = await place.start();
    await store.agents.record(agentRow({ epoch: 7 }));
  }
  for (const table of ["agent_state", "supervisors"]) {
    await damage(place.location, table, epoch);
    await using store = await place.start();
    expect(store.epoch).toBeGreaterThan(0);
    await store.agents.record(agentRow({ epoch: store.epoch, result: table }));
    expect(await store.agents.find("agent1")).toMatchObject({ result: table });
    expect(await store.supervisors.find()).toMatchObject({ epoch: store.epoch });
  }
});

test.each([
  { epoch: String(2 ** 31 - 1) },
  { holder: "'{}'" },
  { holder: "''" },
  { holder: "NULL" },
])(
  "a process whose claim is damaged keeps its database: %j",
  async (valuesSql: Record<string, string>) => {
    await using place = await makeClaimed();
    await using store = await place.start();
    const claims = await openForeign(place.location, "supervisors");
    const [claim] = await claims.query().toArray();
    await claims.update({ where: "true", valuesSql });
    store.ring();
    await store.agents.record(agentRow({ epoch: store.epoch }));
    const left = `holder = '${String(claim.holder)}' and epoch = ${store.epoch}`;
    await until(async () => (await claims.countRows(left)) === 1);
    expect(await claims.countRows()).toBe(1);
  },
);

test("a start after the last epoch is refused with what must be changed", async () => {
  await using place = await makeClaimed();
  for (const table of ["supervisors", "agent_state"]) {
    await using store = await place.start();
    await store.agents.record(agentRow({ epoch: store.epoch }));
    await store.close();
    await damage(place.location, table, 2 ** 30);
    await expect(place.start()).rejects.toMatchObject({
      code: "DATABASE_UNUSABLE",
      message: expect.stringContaining("no start can follow epoch 1073741824"),
    });
    await damage(place.location, table, 1);
  }
});
