/** A fleet of four shards on this machine: one client steers all, and the death of one is not the others'. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  openQueue,
  type ShardedClient,
  type TroupeError,
  type TroupeEvent,
} from "../../src/index.ts";
import { shardOf } from "../../src/model/shard.ts";
import { Browser } from "../support/browser.ts";
import { addressOf } from "../support/dashboard.ts";
import { inPages } from "../support/in-pages.ts";
import type { Program } from "../support/program.ts";
import { ShardedProgram } from "../support/sharded-program.ts";
import { until } from "../support/until.ts";

const SHARDS = 4;
const WAIT_MS = 60_000;
const ids = Array.from({ length: 40 }, (_, n) => `agent${n}`);
const inShard = (index: number) => ids.filter((id) => shardOf(id, SHARDS) === index);
const sorted = [...ids].sort((a, b) => (a < b ? -1 : 1));

let fleet: ShardedProgram;

beforeAll(async () => {
  fleet = await ShardedProgram.start({ shards: SHARDS });
  await using client = fleet.connect();
  const config = { interval_ms: 1_000 };
  const requests = ids.map((agent_id) => ({
    action: "create_agent" as const,
    actor: "test",
    agentId: agent_id,
    payload: { agent_id, config },
  }));
  for (const id of await client.enqueue(requests)) await client.actionWait(id, WAIT_MS);
});

afterAll(() => fleet[Symbol.asyncDispose]());

test("every agent is in the shard that its id gives, and lists are merged by id with cursors", async () => {
  await using client = fleet.connect();
  const found = await inPages(7, (page) => client.agentPage(page));
  expect(found.map(({ agent_id }) => agent_id)).toEqual(sorted);
  const folders = (await readdir(fleet.root)).filter((name) => name !== "fleet.json");
  expect(folders.sort()).toEqual(["0000", "0001", "0002", "0003"]);
  for (const [index, folder] of folders.entries()) {
    await using shard = await openQueue(join(fleet.root, folder));
    const agents = await shard.agentPage({ limit: 100 });
    expect(agents.items.map((agent) => agent.agent_id)).toEqual(
      sorted.filter((id) => shardOf(id, SHARDS) === index),
    );
  }
  await using tables = await openQueue(fleet.root);
  expect((await tables.agentPage({ limit: 100 })).items.map((agent) => agent.agent_id)).toEqual(
    sorted,
  );
});

test("one client steers all, receives the events of all, and finds any action", async () => {
  await using client = fleet.connect();
  const ending = new AbortController();
  const guided = new Set<string>();
  const shards = new Set<number>();
  const connected = Promise.withResolvers<void>();
  const open = new Set<number | undefined>();
  const onConnection = ({ shard }: { shard?: number }) => {
    if (open.add(shard).size === SHARDS) connected.resolve();
  };
  const read = (async () => {
    const types = ["agent.guidance"] as const;
    for await (const event of client.events({ types, signal: ending.signal, onConnection })) {
      if (event.type !== "agent.guidance") continue;
      guided.add(event.agent_id ?? "");
      shards.add((event as TroupeEvent).shard ?? -1);
    }
  })();
  await connected.promise;
  const requests = ids.map((agentId) => ({
    action: "agent_interrupt" as const,
    actor: "test",
    agentId,
    payload: { agent_id: agentId, guidance: { subject: "dogs" } },
  }));
  const sent = await client.enqueue(requests);
  const ends = await Promise.all(sent.map((id) => client.actionWait(id, WAIT_MS)));
  expect(new Set(ends.map(({ outcome }) => outcome))).toEqual(new Set(["done"]));
  await until(() => guided.size === ids.length);
  expect(shards).toEqual(new Set([0, 1, 2, 3]));
  ending.abort();
  await read;
  await using other = fleet.connect();
  expect((await other.actionFind(sent[3] ?? ""))?.agent_id).toBe(ids[3]);
  expect(await other.actionFind("nothing")).toBeUndefined();
  const reload = await client.environmentReload("test");
  expect((await client.actionWait(reload, WAIT_MS)).outcome).toBe("done");
  const listed = await client.actionPage({ action: "environment_reload" });
  expect(listed.items.map(({ id }) => id)).toEqual(Array.from({ length: SHARDS }, () => reload));
});

test("the command line works with the fleet by its root, and by its addresses", async () => {
  const listed = await fleet.run("agent", "list", "-o", "json", "--limit", "100");
  const page = JSON.parse(listed.output);
  expect(page.items.map((agent: { agent_id: string }) => agent.agent_id)).toEqual(sorted);
  const paused = await fleet.run(
    ...["agent", "pause", "--all", "--wait", "60", "--fleet", fleet.addressed],
  );
  expect([paused.code, paused.lines.at(-1)]).toEqual([0, "40 of 40 done"]);
  const resumed = await fleet.run("agent", "resume", "--all", "--wait", "60");
  expect([resumed.code, resumed.lines.at(-1)]).toEqual([0, "40 of 40 done"]);
  const created = await fleet.run("agent", "create", "--wait", "60");
  expect(created.code).toBe(0);
  const stats = await fleet.run("db", "stats", "-o", "json");
  expect(JSON.parse(stats.output).items).toHaveLength(SHARDS);
  const doctor = await fleet.run("doctor");
  expect(doctor.output).toMatch(/^ok +3\/4 supervisor process \d+ at http/m);
  const typed = await fleet.run("type", "set", "joke", "--restarts-max", "7", "-o", "json");
  expect(typed.code).toBe(0);
});

test("a start with another number of shards, or without one, is refused", async () => {
  const other = await fleet.run("start", "--no-heart", "--shard", "1/8");
  expect([other.code, other.output]).toEqual([
    1,
    expect.stringContaining(`TROUPE_SHARD is 1/8, but ${fleet.root}/fleet.json has 4 shards`),
  ]);
  const none = await fleet.run("start", "--no-heart");
  expect(none.output).toContain("start one of them with --shard i/4, i from 0 to 3");
  const outside = join(fleet.folder, "eight.json");
  await writeFile(outside, '{ "shards": 8 }');
  await fleet.programs[3]?.end();
  const wrong = await fleet.run("start", "--no-heart", "--shard", "3/8", "--fleet", outside);
  expect(wrong.output).toContain(`is shard 3/4, and shard 3/8 is named`);
  await fleet.startShard(3, ["--fleet", fleet.addressed]);
  await fleet.writeAddresses();
});

test("a server that knows the addresses shows its shard, and leads to the others' pages", async () => {
  const program = fleet.programs[3] as Program;
  await using browser = await Browser.start();
  await using open = await browser.open(await addressOf(program));
  const { page, faults } = open;
  const shard = page.getByLabel("Shard; another one opens its page");
  await shard.waitFor();
  expect(await shard.inputValue()).toBe("3");
  expect(await shard.locator("option").allTextContents()).toEqual(
    [0, 1, 2, 3].map((index) => `${index} of ${SHARDS}`),
  );
  const [other = ""] = inShard(0);
  await page.getByPlaceholder("Search id, subject, result, error").fill(other);
  const link = page.getByRole("link", { name: "open it there" });
  const { addresses } = JSON.parse(await readFile(fleet.addressed, "utf8"));
  expect(await link.getAttribute("href")).toBe(`${addresses[0]}/#/agents/${other}`);
  expect(faults).toEqual([]);
});

/** Whether these agents are all in the list, each at least `steps` further than before. */
async function haveStepped(
  client: Pick<ShardedClient, "agentPage">,
  wanted: readonly string[],
  before: ReadonlyMap<string, number>,
  steps: number,
): Promise<boolean> {
  const { items } = await client.agentPage({ limit: 100 });
  const further = items.filter(
    ({ agent_id, iteration }) => iteration >= (before.get(agent_id) ?? 0) + steps,
  );
  const ids = new Set<string>(further.map(({ agent_id }) => agent_id));
  return wanted.every((id) => ids.has(id));
}

test("kill -9 of one shard: the others miss no step, and whoever asks is told", async () => {
  const faults: TroupeError[] = [];
  await using client = fleet.connect((error) => faults.push(error));
  const alive = ids.filter((id) => shardOf(id, SHARDS) !== 2);
  const before = new Map<string, number>();
  for await (const agent of client.agents()) before.set(agent.agent_id, agent.iteration);
  await fleet.programs[2]?.end("SIGKILL");
  const STEPS = 10;
  await until(() => haveStepped(client, alive, before, STEPS));
  for (const id of alive) {
    const { items } = await client.stepPage(id, { limit: STEPS });
    const [newest] = items;
    const expected = Array.from({ length: STEPS }, (_, n) => (newest?.iteration ?? 0) - n);
    expect(items.map(({ iteration }) => iteration)).toEqual(expected);
    expect(new Set(items.map(({ status }) => status))).toEqual(new Set(["ok"]));
    expect(new Set(items.map(({ epoch }) => epoch)).size).toBe(1);
  }
  const { items } = await client.agentPage({ limit: 100 });
  expect(items.filter(({ agent_id }) => shardOf(agent_id, SHARDS) === 2)).toEqual([]);
  expect(items.filter(({ agent_id }) => alive.includes(agent_id))).toHaveLength(alive.length);
  expect(faults[0]).toMatchObject({
    code: "SERVER_UNREACHABLE",
    message: expect.stringMatching(/^shard 2\/4: no server answers at http/),
    details: { shard: 2, shards: 4 },
  });
  await using strict = fleet.connect();
  await expect(strict.agentPage()).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
  const listed = await fleet.run("agent", "list", "--limit", "100", "--fleet", fleet.addressed);
  expect(listed.code).toBe(1);
  expect(listed.output).toMatch(/SERVER_UNREACHABLE: shard 2\/4: .*; the others' results follow/);
  expect(listed.output).toContain(alive[0]);
  await fleet.startShard(2);
  await fleet.writeAddresses();
  await using again = fleet.connect();
  await until(() => haveStepped(again, inShard(2), before, 1));
});
