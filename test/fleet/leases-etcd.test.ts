/** Leases in a real etcd. */

import { createServer } from "node:http";
import { beforeEach, describe, expect, test } from "vitest";
import { EtcdLeases } from "../../src/leases/etcd-leases.ts";
import { LeaseKeeper } from "../../src/leases/lease-keeper.ts";
import type { EtcdPlace } from "../../src/leases/lease-url.ts";
import { type WaitState, waitForShard } from "../../src/leases/shard-wait.ts";
import { Etcd, etcdPrograms } from "../support/etcd.ts";
import { listening } from "../support/listening.ts";
import { isMissing } from "../support/needed-programs.ts";
import { until } from "../support/until.ts";

const UNAVAILABLE = expect.objectContaining({ code: "LEASES_UNAVAILABLE" });
const ALL = [0, 1, 2];
const TTL_MS = 2_000;
/** For tests in which no lease may run out, however busy the machine is. */
const LONG_MS = 20_000;

describe.skipIf(isMissing(etcdPrograms))("leases in etcd", () => {
  let etcd: Etcd;
  let made: AsyncDisposableStack;
  let open: (holder: string, place?: Partial<EtcdPlace>) => EtcdLeases;

  beforeEach(async () => {
    made = new AsyncDisposableStack();
    etcd = made.use(await Etcd.start());
    const all = { engine: "etcd", endpoints: [etcd.url], prefix: "t", ttlMs: TTL_MS } as const;
    open = (holder, place = {}) => made.use(new EtcdLeases({ ...all, ...place }, holder));
    return () => made.disposeAsync();
  });

  const stateOf = async (leases: EtcdLeases, shard = 0) =>
    (await leases.find(ALL)).find((one) => one.shard === shard)?.state;

  function keep(leases: EtcdLeases, shard: number) {
    const lines: string[] = [];
    const log = {
      info: (_: object, line: string) => void lines.push(line),
      warn: (_: object, line: string) => void lines.push(line),
    };
    const keeper = made.use(new LeaseKeeper({ leases, shard, hasLease: true, log }));
    return { keeper, lines };
  }

  function wait(leases: EtcdLeases) {
    const stop = new AbortController();
    made.defer(() => stop.abort());
    const states: WaitState["kind"][] = [];
    const onState = ({ kind }: WaitState) => states.push(kind);
    const won = waitForShard({ leases, shards: ALL, signal: stop.signal, onState });
    return { won, states, stop };
  }

  test("of twelve processes that claim three shards at the same moment three get one each", async () => {
    const all = Array.from({ length: 12 }, (_, n) => open(`p${n}`, { ttlMs: LONG_MS }));
    const tries = all.flatMap((leases) => ALL.map((shard) => ({ leases, shard })));
    const won = await Promise.all(tries.map(({ leases, shard }) => leases.claim(shard)));
    const shards = tries.filter((_, n) => won[n]).map(({ shard }) => shard);
    expect(shards.sort()).toEqual(ALL);
    const standings = await open("other").find(ALL);
    expect(standings.map(({ state }) => state)).toEqual(["taken", "taken", "taken"]);
    expect(standings[0]?.holder).toMatch(/^p\d+$/);
  });

  test("a renewed lease stays, and one without renewals runs out and wakes those who watch", async () => {
    const [a, b] = [open("a"), open("b")];
    await a.claim(0);
    await b.claim(1);
    let isFree = false;
    const woken = open("c")
      .watch(new AbortController().signal)
      .then(() => {
        isFree = true;
      });
    while (!isFree) expect(await a.keep(0)).toBe(true);
    await woken;
    expect(await stateOf(open("c"), 1)).toBe("free");
    expect(await stateOf(open("c"), 0)).toBe("taken");
    expect(await b.keep(1)).toBe(false);
    expect(await open("c").claim(1)).toBe(true);
    expect(await b.claim(1)).toBe(false);
  });

  test("a release wakes those who watch, and leaves other leases alone", async () => {
    const [a, b] = [open("a"), open("b")];
    await a.claim(0);
    await b.claim(1);
    const waiting = wait(open("c"));
    await open("d").claim(2);
    await until(() => waiting.states.includes("waiting"));
    await a.release(0);
    expect(await waiting.won).toEqual({ shard: 0, hasLease: true });
    await a.release(0);
    expect(await b.keep(1)).toBe(true);
  });

  test("a process of the same name takes its lease immediately, and the old term does not end it", async () => {
    await open("a").claim(0);
    const again = open("a");
    expect(await stateOf(again)).toBe("own");
    expect(await again.claim(0)).toBe(true);
    // Until the earlier process's lease has run out.
    const end = performance.now() + 2 * TTL_MS;
    while (performance.now() < end) expect(await again.keep(0)).toBe(true);
  });

  test("a key that somebody has removed is noticed, and made again if nobody else has it", async () => {
    const leases = open("a");
    await leases.claim(0);
    const { keeper, lines } = keep(leases, 0);
    await etcd.call("/v3/kv/deleterange", { key: btoa("t/0000") });
    await until(async () => (await stateOf(open("b"))) === "taken");
    // Another reader may see the key before its maker has the answer.
    await until(() => lines.length > 0);
    expect(keeper.state).toBe("held");
    expect(lines).toEqual([expect.stringContaining("this process's again")]);
    await etcd.call("/v3/kv/deleterange", { key: btoa("t/0000") });
    expect(await open("b").claim(0)).toBe(true);
    expect(await keeper.lost).toMatchObject({ code: "DATABASE_LOST" });
  });

  test("etcd that is restarted loses no lease", async () => {
    const leases = open("a");
    await leases.claim(0);
    const { keeper, lines } = keep(leases, 0);
    await etcd.down();
    await until(() => keeper.state === "unconfirmed");
    await etcd.up();
    await until(() => keeper.state === "held");
    expect(lines).toHaveLength(2);
    expect(await open("b").claim(0)).toBe(false);
  });

  test.each(["killed", "frozen"])(
    "etcd that is %s for more than a term takes no lease from its holder",
    async (how) => {
      const keepers: LeaseKeeper[] = [];
      for (const shard of ALL) {
        const leases = open(`holder${shard}`);
        await leases.claim(shard);
        keepers.push(keep(leases, shard).keeper);
      }
      const { states, won, stop } = wait(open("spare"));
      await until(() => states.includes("waiting"));
      if (how === "killed") await etcd.down();
      else etcd.freeze();
      await until(() => states.includes("unreachable"));
      const awayAt = performance.now();
      await until(() => performance.now() - awayAt > 2 * TTL_MS);
      expect(keepers.map(({ state }) => state)).toEqual(ALL.map(() => "unconfirmed"));
      if (how === "killed") await etcd.up();
      else etcd.thaw();
      await until(() => keepers.every(({ state }) => state === "held"));
      await until(() => states.at(-1) === "waiting");
      stop.abort();
      expect(await won).toBeUndefined();
      expect(keepers.map(({ state }) => state)).toEqual(ALL.map(() => "held"));
    },
  );

  test("another member answers if the first does not", async () => {
    await using dead = await listening(createServer(() => undefined));
    const endpoints = [`http://127.0.0.1:${dead.port}`, "http://127.0.0.1:1", etcd.url];
    const leases = open("a", { endpoints, ttlMs: LONG_MS });
    expect(await leases.claim(0)).toBe(true);
    expect(await leases.keep(0)).toBe(true);
    expect(await open("b").claim(0)).toBe(false);
  });

  test("an address that is not etcd is named", async () => {
    const server = createServer((_, response) => response.end("<h1>Welcome</h1>"));
    await using other = await listening(server);
    const endpoint = `http://127.0.0.1:${other.port}`;
    await expect(open("a", { endpoints: [endpoint] }).claim(0)).rejects.toThrow(
      `etcd at ${endpoint} does not do what is needed for leases: status 200 to /v3/lease/grant`,
    );
    await expect(
      open("a", { endpoints: [endpoint] }).watch(new AbortController().signal),
    ).rejects.toEqual(UNAVAILABLE);
    server.closeAllConnections();
  });

  test("with a user and a password, also after etcd has forgotten the token", async () => {
    for (const [path, body] of [
      ["/v3/auth/user/add", { name: "root", password: "secret" }],
      ["/v3/auth/role/add", { name: "root" }],
      ["/v3/auth/user/grant", { user: "root", role: "root" }],
      ["/v3/auth/enable", {}],
    ] as const) {
      await etcd.call(path, body);
    }
    const place = { engine: "etcd", endpoints: [etcd.url], prefix: "t", ttlMs: LONG_MS } as const;
    const as = (password: string) =>
      made.use(new EtcdLeases(place, "a", { user: "root", password }));
    const leases = as("secret");
    expect(await leases.claim(0)).toBe(true);
    await expect(as("wrong").claim(1)).rejects.toThrow(/authentication failed/);
    await expect(open("b").claim(1)).rejects.toThrow(/user name is empty/);
    // Simple tokens are in the memory of one process.
    await etcd.down();
    await etcd.up();
    await until(() => leases.keep(0).catch(() => false));
  });
});
