/** How a process waits for a shard and keeps its lease, on Kubernetes' API over HTTP. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { KubernetesLeases } from "../../src/leases/kubernetes-leases.ts";
import { LeaseKeeper } from "../../src/leases/lease-keeper.ts";
import type { Standing } from "../../src/leases/leases.ts";
import { chooseShards, type WaitState, waitForShard } from "../../src/leases/shard-wait.ts";
import { LeaseApi } from "../support/lease-api.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const TTL_MS = 1_000;
const ALL = [0, 1, 2];

describe("a process under leases", () => {
  let api: LeaseApi;
  let open: (holder: string) => KubernetesLeases;
  let made: AsyncDisposableStack;

  beforeEach(async () => {
    made = new AsyncDisposableStack();
    api = made.use(await LeaseApi.start());
    const { path } = made.use(await makeTempFolder());
    const tokenFile = join(path, "token");
    await writeFile(tokenFile, api.token);
    open = (holder) => {
      const place = { engine: "kubernetes", namespace: "agents", name: "troupe", ttlMs: TTL_MS };
      return made.use(new KubernetesLeases(place as never, holder, { url: api.url, tokenFile }));
    };
    return () => made.disposeAsync();
  });

  function keep(leases: KubernetesLeases, shard: number, hasLease = true) {
    const lines: string[] = [];
    const log = {
      info: (_: object, line: string) => void lines.push(line),
      warn: (_: object, line: string) => void lines.push(line),
    };
    const keeper = made.use(new LeaseKeeper({ leases, shard, hasLease, log }));
    return { keeper, lines };
  }

  function wait(leases: KubernetesLeases, shardBefore?: number) {
    const stop = new AbortController();
    made.defer(() => stop.abort());
    const states: WaitState["kind"][] = [];
    const won = waitForShard({
      leases,
      shards: ALL,
      signal: stop.signal,
      shardBefore,
      onState: ({ kind }) => states.push(kind),
    });
    return { won, states, stop };
  }

  test("starts that take any shard get one each, and a further one waits until one is released", async () => {
    const names = ["a", "b", "c", "d"];
    const starts = names.map((name) => wait(open(name)));
    const first = starts.map(({ won }, n) => won.then((result) => ({ n, result })));
    await until(() => starts.filter(({ states }) => states.includes("waiting")).length === 1);
    const spare = starts.findIndex(({ states }) => states.includes("waiting"));
    const others = await Promise.all(first.filter((_, n) => n !== spare));
    expect(others.map(({ result }) => result?.shard).sort()).toEqual(ALL);
    await api.watched();
    const freed = others[0];
    const again = open(names[freed?.n ?? 0] ?? "");
    await again.claim(freed?.result?.shard ?? -1);
    await again.release(freed?.result?.shard ?? -1);
    expect(await starts[spare]?.won).toEqual({ shard: freed?.result?.shard, hasLease: true });
  });

  test("a keeper renews, and gives the lease up when it ends", async () => {
    const leases = open("a");
    await leases.claim(1);
    const { keeper, lines } = keep(leases, 1);
    const { renewTime } = api.specOf("troupe-0001") ?? {};
    await until(() => api.specOf("troupe-0001")?.["renewTime"] !== renewTime);
    expect(keeper.state).toBe("held");
    await keeper[Symbol.asyncDispose]();
    expect(api.specOf("troupe-0001")).not.toHaveProperty("holderIdentity");
    expect(lines).toEqual([]);
  });

  test("a keeper whose lease another process has reports that once, and releases nothing", async () => {
    const leases = open("a");
    await leases.claim(1);
    const { keeper } = keep(leases, 1);
    api.change("troupe-0001", { holderIdentity: "b", leaseDurationSeconds: 1 });
    expect(await keeper.lost).toMatchObject({ code: "DATABASE_LOST", details: { shard: 1 } });
    expect(keeper.state).toBe("lost");
    await keeper[Symbol.asyncDispose]();
    expect(api.specOf("troupe-0001")).toMatchObject({ holderIdentity: "b" });
  });

  test("a keeper outlasts an engine that is away, with one line at each change", async () => {
    const leases = open("a");
    await leases.claim(1);
    const { keeper, lines } = keep(leases, 1);
    api.isHanging = true;
    await until(() => keeper.state === "unconfirmed");
    const asked = api.heard.length;
    await until(() => api.heard.length > asked + 2);
    expect(lines).toEqual([expect.stringContaining("agents continue")]);
    // It has lost what it knew.
    api.remove("troupe-0001");
    api.wake();
    await until(() => keeper.state === "held");
    expect(api.specOf("troupe-0001")).toMatchObject({ holderIdentity: "a" });
    expect(lines).toHaveLength(2);
  });

  test("after an engine was away a process that waits leaves the leases to their holders first", async () => {
    const [a, b] = [open("a"), open("b")];
    for (const shard of ALL) await open("others").claim(shard);
    await a.claim(1);
    const { states, won, stop } = wait(b);
    await until(() => states.includes("waiting"));
    // Longer than a term: every lease has run out.
    api.isHanging = true;
    const asked = api.heard.length;
    await until(() => states.includes("unreachable") && api.heard.length > asked + 2);
    api.wake();
    await until(() => states.includes("quiet"));
    const { keeper } = keep(open("others"), 1, false);
    for (const shard of ALL) expect(await open("others").claim(shard)).toBe(true);
    await until(() => states.at(-1) === "waiting");
    expect(keeper.state).not.toBe("lost");
    stop.abort();
    expect(await won).toBeUndefined();
  });

  test("a wait takes the shard of its own name first, even after the engine was away", async () => {
    await open("a").claim(2);
    api.isHanging = true;
    const { states, won } = wait(open("a"));
    const asked = api.heard.length;
    await until(() => states.includes("unreachable") && api.heard.length > asked + 2);
    api.wake();
    expect(await won).toEqual({ shard: 2, hasLease: true });
  });

  test("without the engine a restarted process continues with the shard it had, after a term", async () => {
    api.isHanging = true;
    const startedAt = performance.now();
    const restarted = wait(open("a"), 2);
    const other = wait(open("b"));
    expect(await restarted.won).toEqual({ shard: 2, hasLease: false });
    expect(performance.now() - startedAt).toBeGreaterThan(TTL_MS);
    const { keeper } = keep(open("a"), 2, false);
    expect(keeper.state).toBe("unconfirmed");
    await until(() => other.states.length > 0);
    expect(other.states).toEqual(["unreachable"]);
    api.wake();
    await until(() => keeper.state === "held");
    other.stop.abort();
    expect(await other.won).toBeUndefined();
  });

  test("a wait ends as soon as it is stopped, without a lease", async () => {
    for (const shard of ALL) await open("others").claim(shard);
    const { won, stop, states } = wait(open("a"));
    await until(() => states.includes("waiting"));
    stop.abort();
    expect(await won).toBeUndefined();
    expect(ALL.map((n) => api.specOf(`troupe-000${n}`)?.["holderIdentity"])).toEqual(
      ALL.map(() => "others"),
    );
  });
});

test("the shards to try are the own ones, then all free ones, and never a taken one", () => {
  const state = fc.constantFrom("free", "own", "taken") satisfies fc.Arbitrary<Standing["state"]>;
  fc.assert(
    fc.property(
      fc.array(state),
      fc.boolean(),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (all, isQuiet, chance) => {
        const standings = all.map((of, shard) => ({ shard, state: of, holder: undefined }));
        const tried = chooseShards(standings, isQuiet, chance);
        const states = tried.map((shard) => all[shard]);
        const own = all.filter((one) => one === "own").length;
        const free = isQuiet ? 0 : all.filter((one) => one === "free").length;
        expect(states).toEqual([...Array(own).fill("own"), ...Array(free).fill("free")]);
        expect(new Set(tried).size).toBe(tried.length);
      },
    ),
  );
});
