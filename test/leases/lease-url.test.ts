import { describe, expect, test } from "vitest";
import { parseLeaseUrl } from "../../src/leases/lease-url.ts";

describe("TROUPE_LEASES", () => {
  test.each([
    ["etcd://a:2379/troupe", { endpoints: ["http://a:2379"], prefix: "troupe", ttlMs: 5_000 }],
    ["etcd://a/troupe/x/", { endpoints: ["http://a:2379"], prefix: "troupe/x" }],
    [
      "etcds://a:1,b:2,[::1]:3/p?ttl=15",
      { endpoints: ["https://a:1", "https://b:2", "https://[::1]:3"], ttlMs: 15_000 },
    ],
    ["kubernetes://agents/troupe", { namespace: "agents", name: "troupe", ttlMs: 5_000 }],
    ["kubernetes://agents/troupe?ttl=20", { ttlMs: 20_000 }],
  ])("%s is a place", (text, place) => {
    expect(parseLeaseUrl(text)).toMatchObject(place);
  });

  test.each([
    ["etcd", /must be etcd:\/\/host:port\/prefix, etcds.* or kubernetes:.*, got "etcd"/],
    ["http://a:2379/troupe", /got "http:\/\/a:2379\/troupe"/],
    ["ETCD://a/p", /must be etcd:/],
    ["etcd://a:2379", /must have a prefix of keys/],
    ["etcd://a:2379/", /must have a prefix of keys/],
    ["etcd:///p", /1 to 9 members/],
    ["etcd://a,,b/p", /1 to 9 members/],
    ["etcd://a:port/p", /members.*got "a:port"/],
    ["etcd://a b/p", /members/],
    ["etcd://a/p?ttl=1", /ttl must be 2 to 300 whole seconds, got "1"/],
    ["etcd://a/p?ttl=5.5", /ttl must be 2 to 300/],
    ["etcd://a/p?tll=5", /no option "tll"/],
    ["kubernetes://agents", /must name its leases/],
    ["kubernetes:///troupe", /must name a namespace/],
    ["kubernetes://Agents/troupe", /must name a namespace/],
    ["kubernetes://agents/Troupe_1", /must name its leases/],
  ])("%s is refused", (text, message) => {
    expect(() => parseLeaseUrl(text)).toThrow(message);
  });

  test("a password in it is refused and not shown", () => {
    const parse = () => parseLeaseUrl("etcd://root:hunter2@a:2379/troupe");
    expect(parse).toThrow(/set ETCDCTL_USER and ETCDCTL_PASSWORD/);
    expect(parse).not.toThrow(/hunter2/);
  });
});
