/** A fleet of two shards whose databases are on a real object store. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type ShardedClient } from "../../src/index.ts";
import { shardOf } from "../../src/model/shard.ts";
import { Etcd, etcdPrograms } from "../support/etcd.ts";
import { isMissing } from "../support/needed-programs.ts";
import { gatewayPrograms, ObjectGateway } from "../support/object-gateway.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const TOKEN = "a-token-of-the-test";
const SHARDS = 2;
const TTL_SECONDS = 3;
const WAIT_MS = 60_000;
/** One in each shard. */
const ids = [0, 1].map((shard) => idOf(shard));

type Env = Readonly<Record<string, string>>;

interface Fleet extends AsyncDisposable {
  /** A process on a machine of its own, with a heart, as users start it. */
  start(name: string, ...flags: readonly string[]): Program;
  /** A client of these processes, in the order of their shards. */
  connect(programs: readonly Program[]): Promise<ShardedClient>;
}

describe.skipIf(isMissing(gatewayPrograms))("shards on an object gateway", () => {
  let gateway: ObjectGateway;

  beforeAll(async () => {
    gateway = await ObjectGateway.start();
  });

  afterAll(() => gateway[Symbol.asyncDispose]());

  async function makeFleet(bucket: string, given: Env = {}): Promise<Fleet> {
    await gateway.makeBucket(bucket);
    await using made = new AsyncDisposableStack();
    const { path } = made.use(await makeTempFolder());
    const file = join(path, "fleet.json");
    await writeFile(file, JSON.stringify({ shards: SHARDS }));
    const env = { ...gateway.env(bucket), TROUPE_AGENTS: agents, TROUPE_TOKEN: TOKEN, ...given };
    const parts = made.move();
    return {
      start: (name, ...flags) =>
        parts.use(
          new Program({
            cwd: agents,
            args: ["start", ...flags],
            env: {
              ...env,
              TROUPE_ACK: "table",
              TROUPE_FLEET: file,
              TROUPE_LOCAL: join(path, name),
            },
            isGroup: true,
          }),
        ),
      connect: async (programs) => {
        const served = await Promise.all(programs.map((program) => program.served()));
        const addresses = served.map(({ address }) => address);
        const addressed = join(path, `${crypto.randomUUID()}.json`);
        await writeFile(addressed, JSON.stringify({ shards: SHARDS, addresses }));
        return connect({ fleet: addressed, token: TOKEN });
      },
      [Symbol.asyncDispose]: () => parts.disposeAsync(),
    };
  }

  test("one client steers both; the death of one is not the other's, and another machine has its shard then", async () => {
    await using fleet = await makeFleet("shards");
    const [zero, one] = ids.map((_, shard) => fleet.start(`m${shard}`, "--shard", `${shard}/2`));
    if (zero === undefined || one === undefined) throw new Error("two programs");
    await using client = await fleet.connect([zero, one]);
    await createAll(client);
    await interruptAll(client, 1);

    one.signalGroup("SIGKILL");
    await one.closed();
    await step(client, idOf(0));
    const next = fleet.start("m2", "--shard", "1/2", "--takeover");
    await using again = await fleet.connect([zero, next]);
    await interruptAll(again, 2);
    for (const id of ids) await expectGapless(again, id);
  });

  test.skipIf(isMissing(etcdPrograms))(
    "with leases in etcd a spare has the shard of a killed machine, and no step counts twice",
    { timeout: 180_000 },
    async () => {
      await using etcd = await Etcd.start();
      const leases = `etcd://${etcd.address}/troupe?ttl=${TTL_SECONDS}`;
      await using fleet = await makeFleet("leases", { TROUPE_LEASES: leases });
      const started = [fleet.start("m0"), fleet.start("m1")];
      const programs: Program[] = [];
      for (const program of started) programs[await shardOfServer(program)] = program;
      await using client = await fleet.connect(programs);
      await createAll(client);
      await interruptAll(client, 1);
      const spare = fleet.start("spare");
      await spare.line(/spare: waits for a free shard of 2/);

      programs[1]?.signalGroup("SIGKILL");
      expect(await shardOfServer(spare)).toBe(1);
      await step(client, idOf(0));
      await using again = await fleet.connect([programs[0] as Program, spare]);
      await interruptAll(again, 2);
      for (const id of ids) await expectGapless(again, id);
    },
  );
});

function idOf(shard: number): string {
  let n = 0;
  while (shardOf(`agent${n}`, SHARDS) !== shard) n += 1;
  return `agent${n}`;
}

async function shardOfServer(program: Program): Promise<number> {
  const line = await program.line(/^database/);
  return Number(line.slice(-4));
}

async function createAll(client: ShardedClient): Promise<void> {
  const config = { interval_ms: 100 };
  for (const id of ids) {
    const action = await client.agentCreate(id, "test", { agentType: "ledger", config });
    expect(await client.actionWait(action, WAIT_MS)).toMatchObject({ outcome: "done" });
  }
}

/** Resolves once each agent has used the guidance. */
async function interruptAll(client: ShardedClient, n: number): Promise<void> {
  for (const id of ids) {
    const action = await client.agentInterrupt(id, "test", { n });
    expect(await client.actionWait(action, WAIT_MS)).toMatchObject({ outcome: "done" });
  }
  for (const id of ids) {
    await until(async () => {
      const { context } = (await client.agentFind(id)) ?? {};
      return (context as { readonly seen?: readonly number[] } | null)?.seen?.includes(n);
    });
  }
}

async function step(client: ShardedClient, id: string): Promise<void> {
  const iteration = async () => (await client.agentFind(id))?.iteration ?? 0;
  const before = await iteration();
  await until(async () => (await iteration()) > before);
}

async function expectGapless(client: ShardedClient, id: string): Promise<void> {
  const steps = await Array.fromAsync(client.steps(id));
  const iterations = steps.map(({ iteration }) => iteration).toSorted((a, b) => a - b);
  expect(iterations).toEqual(iterations.map((_, n) => n + 1));
}
