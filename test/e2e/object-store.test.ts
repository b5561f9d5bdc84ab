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
  const { address, token } = await program.served();
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

test.concurrent("a command reports what is wrong with the store, and what mends it", async () => {
  await using store = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [
      { TROUPE_DB: "s3://other/fleet" },
      /has no such bucket; make the bucket, or correct TROUPE_DB/,
    ],
    [{ AWS_ACCESS_KEY_ID: "wrong" }, /does not know the access key; correct AWS_ACCESS_KEY_ID/],
    [{ AWS_ALLOW_HTTP: "false" }, /is not https; set AWS_ALLOW_HTTP=true/],
    [{ AWS_ENDPOINT: "http://127.0.0.1:1" }, /127\.0\.0\.1:1 refused the connection/],
    [{ AWS_ENDPOINT: "127.0.0.1:1" }, /AWS_ENDPOINT must be a URL/],
    [{ TROUPE_DB: "s5://bucket/fleet" }, /no object store with the scheme s5/],
    [{ TROUPE_DB: "s3:/bucket/fleet" }, /TROUPE_DB must be a folder, or a URI such as s3:/],
  ];
  for (const [wrong, expected] of cases) {
    const env = { ...store.env, ...wrong };
    await using program = new Program({ cwd: folder.path, env, args: ["agent", "list"] });
    await program.line(expected);
    expect(await program.exited()).not.toBe(0);
    expect(program.output).not.toMatch(/IO \{|panicked|secret/);
  }
});

test.concurrent("with TROUPE_ACK=table a post is refused if the table does not store it in time", async () => {
  await using store = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const env = { ...store.env, TROUPE_ACK: "table" };
  await using program = await Program.start({ cwd: folder.path, env });
  const { address, token } = await program.served();
  const client = connect(address, { token });
  store.isAnswering = false;
  // Before the first check finds out that the store does not answer.
  await expect(client.agentPause("agent1", "test")).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
  });
  store.answer();
  expect(await program.end()).toBe(0);
});
