/** A fleet whose database is on a real object store. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import { openStore } from "../../src/store/store.ts";
import { isMissing } from "../support/needed-programs.ts";
import { gatewayPrograms, ObjectGateway } from "../support/object-gateway.ts";
import { Program } from "../support/program.ts";
import { RequestCounter } from "../support/request-counter.ts";
import { newAction } from "../support/sample-rows.ts";
import { LAST_LISTING, stopAt } from "../support/stopped-listing.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));

describe.skipIf(isMissing(gatewayPrograms))("on an object gateway", () => {
  let gateway: ObjectGateway;

  beforeAll(async () => {
    gateway = await ObjectGateway.start();
  });

  afterAll(() => gateway[Symbol.asyncDispose]());

  test("a fleet runs, ends and continues", async () => {
    await gateway.makeBucket("runs");
    await using folder = await makeTempFolder();
    const env = { ...gateway.env("runs"), TROUPE_AGENTS: agents };
    const iterationOf = async (program: Program) => {
      const { client } = await clientOf(program);
      return async () => (await client.agentFind("agent1"))?.iteration ?? 0;
    };
    let reached = 0;
    {
      await using program = await Program.start({ cwd: folder.path, env });
      const { client } = await clientOf(program);
      const config = { interval_ms: 100 };
      const id = await client.agentCreate("agent1", "test", { agentType: "ledger", config });
      expect(await client.actionWait(id, 60_000)).toMatchObject({ outcome: "done" });
      const iteration = await iterationOf(program);
      reached = await until(async () => (await iteration()) > 5 && iteration());
      expect(await program.end()).toBe(0);
    }
    await using program = await Program.start({ cwd: folder.path, env });
    const iteration = await iterationOf(program);
    await until(async () => (await iteration()) > reached);
    expect(await program.end()).toBe(0);
  });

  test("a fleet is not ready while the gateway hangs, and continues once it answers", async () => {
    await gateway.makeBucket("hangs");
    await using folder = await makeTempFolder();
    const env = { ...gateway.env("hangs"), TROUPE_AGENTS: agents };
    await using program = await Program.start({ cwd: folder.path, env });
    const { client, address } = await clientOf(program);
    const isReady = async () => (await fetch(`${address}/readyz`)).ok;
    const config = { interval_ms: 100 };
    const id = await client.agentCreate("agent1", "test", { agentType: "ledger", config });
    expect(await client.actionWait(id, 60_000)).toMatchObject({ outcome: "done" });
    expect(await isReady()).toBe(true);
    gateway.stall();
    try {
      await until(async () => !(await isReady()));
    } finally {
      gateway.continue();
    }
    await until(isReady);
    const { iteration } = (await client.agentFind("agent1")) ?? { iteration: Number.NaN };
    await until(async () => ((await client.agentFind("agent1"))?.iteration ?? 0) > iteration);
    expect(await program.end()).toBe(0);
  });

  test("a row survives another process that makes the same table at the same moment", async () => {
    await gateway.makeBucket("makes");
    await using counter = await RequestCounter.start(gateway.endpoint);
    const { TROUPE_DB: location = "", ...storage } = gateway.env("makes");
    const behind = { location, storage: gateway.env("makes", counter.endpoint) };
    const stopped = stopAt(counter, "queue", LAST_LISTING);
    const opening = openStore(behind);
    await stopped.waits;
    await using first = await openStore({ location, storage });
    await first.queue.append([newAction({ id: "first" })]);
    stopped.continue();
    await using late = await opening;
    await late.queue.append([newAction({ id: "late" })]);
    const found = await first.queue.findAll(["first", "late"]);
    expect([...found.keys()]).toHaveLength(2);
  });
});

async function clientOf(program: Program) {
  const { address, token } = await program.served();
  return { address, client: connect(address, { token }) };
}
