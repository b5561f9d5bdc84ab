import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { readClusterAccess } from "../../src/leases/kubernetes-api.ts";
import { KubernetesLeases } from "../../src/leases/kubernetes-leases.ts";
import { parseLeaseUrl } from "../../src/leases/lease-url.ts";
import { LeaseApi } from "../support/lease-api.ts";
import { listening } from "../support/listening.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const UNAVAILABLE = expect.objectContaining({ code: "LEASES_UNAVAILABLE" });
const ALL = [0, 1, 2];

describe("Kubernetes' leases", () => {
  let api: LeaseApi;
  let tokenFile: string;
  let open: (holder: string) => KubernetesLeases;

  beforeEach(async () => {
    const made = new AsyncDisposableStack();
    api = made.use(await LeaseApi.start());
    const { path } = made.use(await makeTempFolder());
    tokenFile = join(path, "token");
    await writeFile(tokenFile, "token-1\n");
    open = (holder) => {
      const place = { engine: "kubernetes", namespace: "agents", name: "troupe", ttlMs: 1_000 };
      return made.use(new KubernetesLeases(place as never, holder, { url: api.url, tokenFile }));
    };
    return () => made.disposeAsync();
  });

  const stateOf = async (leases: KubernetesLeases, shard = 0) =>
    (await leases.find(ALL)).find((one) => one.shard === shard)?.state;

  test("of eight processes that claim one shard at the same moment one gets it", async () => {
    const all = Array.from({ length: 8 }, (_, n) => open(`p${n}`));
    const won = await Promise.all(all.map((leases) => leases.claim(1)));
    expect(won.filter(Boolean)).toHaveLength(1);
    const [, second] = (await all[won.indexOf(false)]?.find(ALL)) ?? [];
    expect(second).toEqual({ shard: 1, state: "taken", holder: `p${won.indexOf(true)}` });
    expect(api.names).toEqual(["troupe-0001"]);
    // Now all know it, and replace the same version.
    api.change("troupe-0001", { leaseDurationSeconds: 1 });
    const again = await Promise.all(all.map((leases) => leases.claim(1)));
    expect(again.filter(Boolean)).toHaveLength(1);
  });

  test("a renewed lease stays its holder's; one without renewals is free after its duration", async () => {
    const [a, b] = [open("a"), open("b")];
    expect(await a.claim(0)).toBe(true);
    const { acquireTime } = api.specOf("troupe-0000") ?? {};
    const end = performance.now() + 2_500;
    while (performance.now() < end) {
      expect(await a.keep(0)).toBe(true);
      expect(await stateOf(b)).toBe("taken");
      await delay(200);
    }
    expect(api.specOf("troupe-0000")).toMatchObject({ acquireTime, leaseTransitions: 0 });
    expect(await b.claim(0)).toBe(false);
    await until(async () => (await stateOf(b)) === "free");
    expect(await b.claim(0)).toBe(true);
    expect(api.specOf("troupe-0000")).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
    expect(await a.keep(0)).toBe(false);
    expect(await a.claim(0)).toBe(false);
  });

  test("no clock of another machine counts: a renewal far in the past or future changes nothing", async () => {
    const b = open("b");
    for (const year of ["1999", "2999"]) {
      const time = `${year}-01-01T00:00:00.000000Z`;
      const times = { renewTime: time, acquireTime: time };
      api.change("troupe-0000", { holderIdentity: "a", leaseDurationSeconds: 1, ...times });
      expect(await stateOf(b)).toBe("taken");
      await until(async () => (await stateOf(b)) === "free");
    }
  });

  test("a process of the same name takes its own lease immediately", async () => {
    expect(await open("a").claim(2)).toBe(true);
    const again = open("a");
    expect(await stateOf(again, 2)).toBe("own");
    expect(await again.claim(2)).toBe(true);
    expect(await again.keep(2)).toBe(true);
  });

  test("a release wakes those who watch, and the lease is free", async () => {
    const [a, b] = [open("a"), open("b")];
    await a.claim(0);
    await b.find(ALL);
    const stop = new AbortController();
    let isAwake = false;
    const woken = b.watch(stop.signal).then(() => {
      isAwake = true;
    });
    await api.watched();
    expect(await a.keep(0)).toBe(true);
    expect(await stateOf(b)).toBe("taken");
    expect(isAwake).toBe(false);
    await a.release(0);
    await woken;
    expect(await stateOf(b)).toBe("free");
    expect(api.specOf("troupe-0000")).not.toHaveProperty("holderIdentity");
    expect(await b.claim(0)).toBe(true);
  });

  test("a release changes no lease that is another process's by now", async () => {
    const a = open("a");
    await a.claim(0);
    api.change("troupe-0000", { holderIdentity: "b", leaseDurationSeconds: 1 });
    await a.release(0);
    expect(api.specOf("troupe-0000")).toMatchObject({ holderIdentity: "b" });
  });

  test("a watch rejects when it ends, is too old, or is no longer wanted", async () => {
    const leases = open("a");
    await leases.find(ALL);
    for (const words of ["", '{"type":"ERROR","object":{"code":410}}\n', "no JSON\n"]) {
      const watch = leases.watch(new AbortController().signal);
      const ended = expect(watch).rejects.toEqual(UNAVAILABLE);
      await api.watched();
      api.endWatches(words);
      await ended;
    }
    const stop = new AbortController();
    const stopped = expect(leases.watch(stop.signal)).rejects.toEqual(UNAVAILABLE);
    await api.watched();
    stop.abort();
    await stopped;
  });

  test("a lease that somebody else has touched, or whose answer was lost, is kept", async () => {
    const leases = open("a");
    await leases.claim(0);
    const spec = api.specOf("troupe-0000") ?? {};
    api.change("troupe-0000", { ...spec, strategy: "Other" });
    expect(await leases.keep(0)).toBe(true);
    api.losesAnswer = true;
    await expect(leases.keep(0)).rejects.toEqual(UNAVAILABLE);
    expect(await leases.keep(0)).toBe(true);
  });

  test("a claim whose answer was lost succeeds when it is repeated", async () => {
    const leases = open("a");
    api.losesAnswer = true;
    await expect(leases.claim(0)).rejects.toEqual(UNAVAILABLE);
    expect(await leases.claim(0)).toBe(true);
  });

  test("a lease that was removed is no longer kept, and can be claimed again", async () => {
    const leases = open("a");
    await leases.claim(0);
    api.remove("troupe-0000");
    expect(await leases.keep(0)).toBe(false);
    expect(await leases.claim(0)).toBe(true);
  });

  test.each([403, 429, 500, 503])(
    "a write that is answered %i neither takes nor loses",
    async (status) => {
      const leases = open("a");
      api.refusals.push(status);
      await expect(leases.claim(0)).rejects.toThrow(`status ${status}, refused with ${status}`);
      expect(await leases.claim(0)).toBe(true);
      api.refusals.push(status);
      await expect(leases.keep(0)).rejects.toEqual(UNAVAILABLE);
      expect(await leases.keep(0)).toBe(true);
    },
  );

  test("a token that was replaced is read again", async () => {
    const leases = open("a");
    expect(await leases.claim(0)).toBe(true);
    api.token = "token-2";
    await expect(leases.keep(0)).rejects.toThrow("status 401, Unauthorized");
    await writeFile(tokenFile, "token-2");
    expect(await leases.keep(0)).toBe(true);
  });

  test("an API that does not answer is given up after a second", async () => {
    const leases = open("a");
    await leases.claim(0);
    api.isHanging = true;
    await expect(leases.keep(0)).rejects.toThrow("no answer within 1 s");
    await expect(leases.find(ALL)).rejects.toEqual(UNAVAILABLE);
    await leases.release(0);
    api.wake();
  });

  test("objects of another fleet in the namespace are left alone", async () => {
    const leases = open("a");
    await leases.claim(0);
    const place = parseLeaseUrl("kubernetes://agents/other");
    await using other = new KubernetesLeases(place as never, "b", { url: api.url, tokenFile });
    expect(await other.find([0])).toEqual([{ shard: 0, state: "free", holder: undefined }]);
    expect(await other.claim(0)).toBe(true);
    expect(api.names).toEqual(["troupe-0000", "other-0000"]);
  });
});

describe("the access of a pod", () => {
  const pem = (name: string) => readFile(new URL(name, import.meta.url), "utf8");

  test("is the service account's, over TLS that its authority has signed", async () => {
    await using folder = await makeTempFolder();
    const [ca, key] = await Promise.all([pem("server-cert.pem"), pem("server-key.pem")]);
    await writeFile(join(folder.path, "ca.crt"), ca);
    await writeFile(join(folder.path, "token"), "t");
    const heard: unknown[] = [];
    const server = createServer({ cert: ca, key }, ({ headers }, response) => {
      heard.push(headers.authorization);
      response.end('{"metadata":{"resourceVersion":"7"},"items":[]}');
    });
    await using api = await listening(server);
    const env = {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(api.port),
    };
    const place = parseLeaseUrl("kubernetes://agents/troupe") as never;
    const access = await readClusterAccess(env, folder.path);
    {
      await using leases = new KubernetesLeases(place, "a", access);
      expect(await leases.find([0])).toMatchObject([{ state: "free" }]);
      expect(heard).toEqual(["Bearer t"]);
      // Nobody vouches for the certificate.
      await using strict = new KubernetesLeases(place, "a", { ...access, ca: undefined });
      await expect(strict.find([0])).rejects.toThrow(/self-signed certificate/);
    }
    expect(heard).toHaveLength(1);
    server.closeAllConnections();
  });

  test("is missing outside a pod, and the error names what", async () => {
    await using folder = await makeTempFolder();
    await expect(readClusterAccess({}, folder.path)).rejects.toThrow(
      /must run in a pod.*no KUBERNETES_SERVICE_HOST/,
    );
    const env = { KUBERNETES_SERVICE_HOST: "::1" };
    await expect(readClusterAccess(env, folder.path)).rejects.toThrow(/there is no .*ca\.crt/);
    await writeFile(join(folder.path, "ca.crt"), "");
    expect(await readClusterAccess(env, folder.path)).toMatchObject({ url: "https://[::1]:443" });
  });
});
