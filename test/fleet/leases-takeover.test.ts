/** Programs on several machines, each with its own files, which have leases in a real etcd. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import type { ServerFleet } from "../../src/fleet/server-fleet.ts";
import { shardFolder, shardOf } from "../../src/model/shard.ts";
import { Etcd, etcdPrograms } from "../support/etcd.ts";
import { isMissing } from "../support/needed-programs.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const TOKEN = "a-token-of-the-test";
const SHARDS = 3;
const TTL_MS = 2_000;

interface Node {
  readonly program: Program;
  readonly shard: number;
  readonly client: ServerFleet;
  readonly agentId: string;
}

describe.skipIf(isMissing(etcdPrograms))(
  "processes with leases in etcd",
  { timeout: 180_000 },
  () => {
    let etcd: Etcd;
    let made: AsyncDisposableStack;
    let path: string;

    beforeEach(async () => {
      made = new AsyncDisposableStack();
      etcd = made.use(await Etcd.start());
      path = made.use(await makeTempFolder()).path;
      await mkdir(join(path, "db"));
      await writeFile(join(path, "db", "fleet.json"), JSON.stringify({ shards: SHARDS }));
      return () => made.disposeAsync();
    });

    /** A machine: with a heart, as users start it. */
    function machine(name: string, env: Readonly<Record<string, string>> = {}): Program {
      return made.use(
        new Program({
          cwd: agents,
          args: ["start"],
          isGroup: true,
          env: {
            TROUPE_DB: join(path, "db"),
            TROUPE_LOCAL: join(path, name),
            TROUPE_LEASES: `etcd://${etcd.address}/troupe?ttl=${TTL_MS / 1_000}`,
            TROUPE_AGENTS: agents,
            TROUPE_TOKEN: TOKEN,
            TROUPE_ACK: "table",
            ...env,
          },
        }),
      );
    }

    /** The program that serves one of the shards, and an agent there that steps. */
    async function nodeOf(program: Program): Promise<Node> {
      const client = await clientOf(program);
      const shard = await shardOfServer(program);
      const agentId = idOf(shard);
      return { program, shard, client, agentId };
    }

    async function startFleet(): Promise<readonly Node[]> {
      const programs = Array.from({ length: SHARDS }, (_, n) => machine(`m${n}`));
      const nodes = await Promise.all(programs.map(nodeOf));
      expect(nodes.map(({ shard }) => shard).sort()).toEqual([0, 1, 2]);
      await Promise.all(
        nodes.map(async ({ client, agentId }) => {
          const config = { interval_ms: 20 };
          const id = await client.agentCreate(agentId, "test", { agentType: "ledger", config });
          expect(await client.actionWait(id, 60_000)).toMatchObject({ outcome: "done" });
        }),
      );
      for (const node of nodes) await steps(node, 5);
      return nodes;
    }

    /** Resolves once the agent has stored so many further steps. */
    async function steps({ client, agentId }: Node, count: number): Promise<void> {
      const iteration = async () => (await client.agentFind(agentId))?.iteration ?? 0;
      const before = await iteration();
      await until(async () => (await iteration()) >= before + count);
    }

    async function spare(name = "spare"): Promise<Program> {
      const program = machine(name);
      await program.line(/spare: waits for a free shard of 3/);
      return program;
    }

    test("a killed machine's shard continues on the spare, and no step counts twice", async () => {
      const [first, ...others] = await startFleet();
      const waiting = await spare();
      if (first === undefined) throw new Error("no node");
      first.program.signalGroup("SIGKILL");
      const next = await nodeOf(waiting);
      expect(next.shard).toBe(first.shard);
      const reload = await next.client.environmentReload("test");
      const reloaded = await next.client.actionWait(reload, 60_000);
      expect(reloaded).toMatchObject({ outcome: "done", error: null });
      await steps(next, 5);
      await expectGapless(next);
      for (const node of others) {
        await steps(node, 5);
        await expectGapless(node);
        expect(node.program.output).not.toMatch(/DATABASE_LOST|lease cannot/);
      }
    });

    test("a stopped machine that is taken over ends when it continues, and waits as a spare", async () => {
      const [first] = await startFleet();
      const waiting = await spare();
      if (first === undefined) throw new Error("no node");
      first.program.signalGroup("SIGSTOP");
      const next = await nodeOf(waiting);
      await steps(next, 5);
      first.program.signalGroup("SIGCONT");
      await first.program.line(/ended with exit code 1; restarting in .* as a spare/);
      await first.program.line(/spare: waits for a free shard of 3/);
      expect(first.program.output).toMatch(/DATABASE_LOST/);
      await steps(next, 5);
      await expectGapless(next);
      // And back again.
      next.program.signalGroup("SIGKILL");
      await until(() => served(first.program) === 2);
      const again = { ...first, client: await clientOf(first.program) };
      await steps(again, 5);
      await expectGapless(again);
    });

    test("a machine that ends in order hands its shard over, and a further spare ends in order, too", async () => {
      const [first] = await startFleet();
      const [one, other] = [await spare("s1"), await spare("s2")];
      if (first === undefined) throw new Error("no node");
      expect(await first.program.end()).toBe(0);
      const [heir, left] = await until(() => {
        if (served(one) === 1) return [one, other];
        return served(other) === 1 && [other, one];
      });
      const next = await nodeOf(heir as Program);
      await steps(next, 5);
      await expectGapless(next);
      expect(await left?.end()).toBe(0);
      expect(left?.output).toMatch(/it was a spare/);
    });

    test.each(["frozen", "killed"])("nobody notices that etcd is %s", async (how) => {
      const nodes = await startFleet();
      const waiting = await spare();
      if (how === "killed") await etcd.down();
      else etcd.freeze();
      for (const { program } of nodes) await program.line(/the lease cannot be renewed/);
      const awayAt = performance.now();
      await until(() => performance.now() - awayAt > 3 * TTL_MS);
      for (const node of nodes) {
        await steps(node, 5);
        const { url } = node.client.source;
        const ready = await fetch(`${url}/readyz`);
        expect([ready.status, await ready.json()]).toMatchObject([200, { lease: "unconfirmed" }]);
      }
      if (how === "killed") await etcd.up();
      else etcd.thaw();
      for (const { program } of nodes) await program.line(/the lease is this process's again/);
      await waiting.line(/its leases are left to their holders/);
      await until(() => waiting.lines.at(-1)?.includes("waits for a free shard"));
      for (const node of nodes) {
        await steps(node, 5);
        await expectGapless(node);
        expect(node.program.output).not.toMatch(/DATABASE_LOST|restarting/);
      }
    });

    test("a program that crashes while etcd is away continues with its shard", async () => {
      const [first] = await startFleet();
      if (first === undefined) throw new Error("no node");
      await etcd.down();
      const note = join(path, "db", shardFolder(first.shard), "troupe.lock");
      const { pid } = JSON.parse(await readFile(note, "utf8")) as { readonly pid: number };
      process.kill(pid, "SIGKILL");
      await until(() => served(first.program) === 2);
      const again = { ...first, client: await clientOf(first.program) };
      await steps(again, 5);
      await expectGapless(again);
      expect(first.program.output).toMatch(/this process continues with the shard that it had/);
      await etcd.up();
      await first.program.line(/the lease is this process's again/);
    });

    test("a program that crashes has its lease again without waiting for its end", async () => {
      const [first] = await startFleet();
      const waiting = await spare();
      if (first === undefined) throw new Error("no node");
      const note = join(path, "db", shardFolder(first.shard), "troupe.lock");
      const { pid } = JSON.parse(await readFile(note, "utf8")) as { readonly pid: number };
      process.kill(pid, "SIGKILL");
      await until(() => served(first.program) === 2);
      expect(waiting.output).not.toMatch(/starts/);
      const again = { ...first, client: await clientOf(first.program) };
      await steps(again, 5);
      await expectGapless(again);
    });

    test("one database without shards has a spare, too", async () => {
      const env = { TROUPE_DB: join(path, "single") };
      const first = machine("a", env);
      const client = await clientOf(first);
      const id = await client.agentCreate("agent1", "test", { agentType: "ledger" });
      expect(await client.actionWait(id, 60_000)).toMatchObject({ outcome: "done" });
      const waiting = machine("b", env);
      await waiting.line(/spare: waits for the lease of the database/);
      first.signalGroup("SIGKILL");
      const next = {
        program: waiting,
        shard: 0,
        client: await clientOf(waiting),
        agentId: "agent1",
      };
      await steps(next, 2);
    });
  },
);

/** How often it has served. */
function served(program: Program): number {
  return program.lines.filter((line) => line.startsWith("Troupe serves")).length;
}

/** The last server's. */
async function clientOf(program: Program): Promise<ServerFleet> {
  await program.line(/^Troupe serves/);
  const line = program.lines.findLast((one) => one.startsWith("Troupe serves")) ?? "";
  const [, url = ""] = /(http:\S+)\/\?token=/.exec(line) ?? [];
  return connect(url, { token: TOKEN });
}

async function shardOfServer(program: Program): Promise<number> {
  const line = await program.line(/^database/);
  return Number(line.slice(-4));
}

/** An agent's id that is in the shard. */
function idOf(shard: number): string {
  for (let n = 0; ; n += 1) if (shardOf(`agent${n}`, SHARDS) === shard) return `agent${n}`;
}

async function expectGapless({ client, agentId }: Node): Promise<void> {
  const steps = await Array.fromAsync(client.steps(agentId));
  const found = steps.map(({ iteration }) => iteration);
  const ascending = found.toSorted((a, b) => a - b);
  expect(ascending).toEqual(ascending.map((_, n) => n + 1));
}
