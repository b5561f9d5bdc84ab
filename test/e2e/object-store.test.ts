import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import { ObjectStore } from "../support/object-store.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));

test.concurrent("a start waits for a store that does not answer, reports it, and can be ended", async () => {
  await using store = await ObjectStore.start({ isAnswering: false });
  await using folder = await makeTempFolder();
  await using program = new Program({ cwd: folder.path, env: store.env });
  await program.line(/the database is not open yet/);
  expect(await program.end()).toBe(0);
});

test.concurrent("a fleet whose store stops answering reports it, and continues or ends", async () => {
  await using store = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const env = { ...store.env, TROUPE_AGENTS: agents };
  await using program = await Program.start({ cwd: folder.path, env });
  const [, address = "", token = ""] =
    /(http:\S+)\/\?token=(\S+)/.exec(await program.line(/^Troupe serves/)) ?? [];
  const client = connect(address, { token });
  const config = { interval_ms: 100 };
  const created = await client.agentCreate("agent1", "test", { agentType: "ledger", config });
  expect(await client.actionWait(created, 30_000)).toMatchObject({ outcome: "done" });
  const isReady = async () => (await fetch(`${address}/readyz`)).ok;

  store.isAnswering = false;
  await until(async () => !(await isReady()));
  await expect(client.agentPause("agent1", "test")).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
  });
  await expect(client.agentPage()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  store.answer();
  await until(isReady);
  const { iteration } = (await client.agentFind("agent1")) ?? { iteration: Number.NaN };
  await until(async () => ((await client.agentFind("agent1"))?.iteration ?? 0) > iteration);

  store.isAnswering = false;
  await until(async () => !(await isReady()));
  expect(await program.end()).toBe(0);
});
