/** Effects and the death of the program, with many agents: the books of a service say what happened. */

import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { checkBooks, createBuyer, setUp } from "../support/effect-crashes.ts";
import { runEffectKills, startPerson } from "../support/effect-kills.ts";
import { startLedger } from "../support/effect-ledger.ts";
import { Program } from "../support/program.ts";
import { useSeed } from "../support/seed.ts";
import { until } from "../support/until.ts";

const TIMEOUT_MS = 180_000;
const KILLS = 10;
const AGENTS = 28;
const ORDERS = 4;

const places = ["before", "inside", "counted", "answered", "returned"].flatMap((place) =>
  ["retry", "skip", "ask"].map((kind) => ({ place, kind })),
);

test(
  "the program killed at random: of what agents did outside nothing is lost, and only retries are repeated",
  async () => {
    const { violations, orders } = await runEffectKills({
      agents: 6,
      kills: KILLS,
      seed: useSeed(),
    });
    expect(violations).toEqual([]);
    expect(orders).toBeGreaterThan(KILLS);
  },
  TIMEOUT_MS,
);

test(
  "a fleet killed in mid-run, its agents in all places of a step: all end, and nothing was done twice",
  async () => {
    const waiting = new Set<string>();
    let hasDied = false;
    await using ledger = await startLedger(({ agent, order, place, kind }) => {
      const here = places[Number(agent.slice("buyer".length)) % places.length];
      if (hasDied || order !== 2 || place !== here?.place || kind !== here.kind) return true;
      waiting.add(agent);
      return false;
    });
    await using database = await Database.make();
    const options = await setUp(database);
    const ids = Array.from({ length: AGENTS }, (_, n) => `buyer${n}`);
    for (const id of ids) await createBuyer(database, ledger, id, ORDERS);
    await using doomed = await Program.start(options);
    await until(() => waiting.size === AGENTS);
    await doomed.end("SIGKILL");
    hasDied = true;
    await using person = startPerson(database, ledger);
    await using next = await Program.start(options);
    await until(async () => {
      person.throwFailure();
      const { items } = await database.store.agents.list({ limit: AGENTS });
      return items.every(({ status }) => status === "stopped");
    });
    await next.end();
    expect(ids.flatMap((id) => checkBooks(ledger, id, ORDERS))).toEqual([]);
    const rows = await Promise.all(ids.map((id) => database.agent(id, () => true)));
    for (const row of rows)
      expect(row).toMatchObject({ exit_reason: { reason: "finished" }, result: `${ORDERS}` });
    const asked = places.flatMap(({ place, kind }, at) =>
      kind === "ask" && ["inside", "counted", "answered"].includes(place) ? at : [],
    );
    const held = ids.filter((_, n) => asked.includes(n % places.length));
    expect(new Set(person.held.keys())).toEqual(new Set(held.map((id) => `${id} 2 ask`)));
  },
  TIMEOUT_MS,
);
