/** `TROUPE_LEASES`: which engine has the leases, and under which name. Pure. */

import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";

/** A setting that is valid in itself. */
export type LeasePlace = EtcdPlace | KubernetesPlace;

export interface EtcdPlace {
  readonly engine: "etcd";
  /** URLs of its members, in the order in which they are tried. */
  readonly endpoints: readonly string[];
  /** Keys are `<prefix>/0000` and so on. */
  readonly prefix: string;
  readonly ttlMs: number;
}

export interface KubernetesPlace {
  readonly engine: "kubernetes";
  readonly namespace: string;
  /** Leases are `<name>-0000` and so on. */
  readonly name: string;
  readonly ttlMs: number;
}

/** Seconds. etcd grants none shorter than 2 by its own defaults. */
const TTL = { default: 5, min: 2, max: 300 };
const ENDPOINTS_MAX = 9;
/** A part of a DNS name, as Kubernetes names namespaces. */
const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** As a label has it, and a lease of this name with its number. */
const LEASE_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,56}[a-z0-9])?$/;
const ENDPOINT = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const ETCD_PORT = 2_379;

export const LEASES_EXPECTED =
  "etcd://host:port/prefix, etcds://host:port/prefix or kubernetes://namespace/name";

/** @throws {TroupeError} `SETTING_INVALID`, which never shows what may be a password. */
export function parseLeaseUrl(text: string): LeasePlace {
  const [, scheme = "", host = "", path = "", query = ""] =
    /^([a-z]+):\/\/([^/?#]*)\/?([^?#]*)(?:\?([^#]*))?$/.exec(text) ?? [];
  if (host.includes("@")) {
    refuse("must have no user name and no password: set ETCDCTL_USER and ETCDCTL_PASSWORD");
  }
  const ttlMs = readTtl(query);
  const name = path.replace(/\/+$/, "");
  if (scheme === "etcd") return etcdPlace("http", host, name, ttlMs);
  if (scheme === "etcds") return etcdPlace("https", host, name, ttlMs);
  if (scheme !== "kubernetes") refuse(`must be ${LEASES_EXPECTED}, got ${excerpt(text)}`);
  if (!DNS_LABEL.test(host)) refuse(`must name a namespace, got ${excerpt(host)}`);
  if (!LEASE_NAME.test(name)) {
    refuse(`must name its leases with small letters, digits, - and ., got ${excerpt(name)}`);
  }
  return { engine: "kubernetes", namespace: host, name, ttlMs };
}

function etcdPlace(protocol: string, hosts: string, prefix: string, ttlMs: number): EtcdPlace {
  const members = hosts.split(",");
  const wrong = members.find((member) => !ENDPOINT.test(member));
  if (wrong !== undefined || members.length > ENDPOINTS_MAX) {
    const got = excerpt(wrong ?? hosts);
    refuse(`must have 1 to ${ENDPOINTS_MAX} members, host:port, separated by commas, got ${got}`);
  }
  if (!/^[!-~]{1,256}$/.test(prefix)) {
    refuse(`must have a prefix of keys, such as etcd://host:${ETCD_PORT}/troupe`);
  }
  const endpoints = members.map((member) =>
    /:\d+$/.test(member) ? `${protocol}://${member}` : `${protocol}://${member}:${ETCD_PORT}`,
  );
  return { engine: "etcd", endpoints, prefix, ttlMs };
}

function readTtl(query: string): number {
  const given = new URLSearchParams(query);
  const other = [...given.keys()].find((key) => key !== "ttl");
  if (other !== undefined) refuse(`has no option ${excerpt(other)}; the only one is ttl`);
  const text = given.get("ttl") ?? String(TTL.default);
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= TTL.min && seconds <= TTL.max)) {
    refuse(`ttl must be ${TTL.min} to ${TTL.max} whole seconds, got ${excerpt(text)}`);
  }
  return seconds * 1_000;
}

function refuse(why: string): never {
  const details = { setting: "TROUPE_LEASES", expected: LEASES_EXPECTED };
  throw new TroupeError("SETTING_INVALID", `TROUPE_LEASES ${why}`, { details });
}
