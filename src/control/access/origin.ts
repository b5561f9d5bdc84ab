/**
 * The origin of a request: its `Host`, and the `Origin` of the page that sent it. Another site's page can
 * make a browser send requests here, or let its own name point here (DNS rebinding), but then `Origin` or
 * `Host` has the other site's name. Pure.
 */

import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { excerpt } from "../../model/ids.ts";

export interface HostRules {
  /** Names in addition to loopback: those that were set, and the listening address if it is specific. */
  readonly allowed: ReadonlySet<string>;
}

/** @param host `TROUPE_HOST` */
export function hostRules(host: string, allowedHosts: readonly string[]): HostRules {
  const isAny = ["0.0.0.0", "::", "[::]", "*"].includes(host);
  const names = isAny ? allowedHosts : [host, ...allowedHosts];
  return { allowed: new Set(names.map((name) => bare(name.toLowerCase()))) };
}

/**
 * @param localAddress the connection's local address, which is always allowed: another site's page has a
 * name or another address
 */
export function isHostAllowed(
  header: string | undefined,
  { allowed }: HostRules,
  localAddress: string | undefined,
): boolean {
  const host = parseHost(header);
  if (host === undefined) return false;
  const { name, port } = host;
  const own = localAddress?.replace(/^::ffff:/, "");
  return (
    isLoopback(name) ||
    (isIP(name) !== 0 && name === own) ||
    allowed.has(name) ||
    (port !== undefined && allowed.has(`${name}:${port}`))
  );
}

/** True for a page of this server or of an allowed host. @param host the request's `Host` */
export function isOriginAllowed(
  origin: string,
  host: string | undefined,
  { allowed }: HostRules,
): boolean {
  const [, scheme, authority] = /^(https?):\/\/([^/?#@]+)$/i.exec(origin) ?? [];
  const from = parseHost(authority);
  const own = parseHost(host);
  if (from === undefined || own === undefined) return false;
  const usual = scheme?.toLowerCase() === "https" ? "443" : "80";
  const isSamePort = (from.port ?? usual) === (own.port ?? usual);
  return (
    (isSamePort && (from.name === own.name || (isLoopback(from.name) && isLoopback(own.name)))) ||
    (allowed.has(from.name) && !isLoopback(from.name)) ||
    allowed.has(`${from.name}:${from.port ?? usual}`)
  );
}

/** True if only this machine can reach it. Not for `*.localhost`, on which resolvers do not agree. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Why a request's `Host` is invalid, in one sentence: there must be exactly one, and a target with a host
 * must have the same (RFC 9112, sections 3.2.2 and 7.2).
 * @param rawHeaders names and values in turn, as they arrived
 */
export function findHostFault(rawHeaders: readonly string[], target: string): string | undefined {
  const hosts = valuesOf(rawHeaders, "host");
  const [host] = hosts;
  if (hosts.length !== 1) return `the request must have one Host header, got ${hosts.length}`;
  if (host === "") return "the request's Host must not be empty";
  const named = parseHost(host);
  // A malformed host is refused as one that is not allowed.
  if (named === undefined || target.startsWith("/") || target === "*") return undefined;
  const [, scheme, authority] = /^(https?):\/\/([^/?#]*)/i.exec(target) ?? [];
  const other = parseHost(authority);
  const usual = scheme?.toLowerCase() === "https" ? "443" : "80";
  const isSame = other?.name === named.name && (other.port ?? usual) === (named.port ?? usual);
  return isSame
    ? undefined
    : `the request's target must name the same host as Host, got ${excerpt(target)}`;
}

/** Node keeps the first of several, and another program on the way may have read another one. */
const singleHeaders = ["authorization", "content-type"] as const;

/**
 * Why a request is ambiguous that has one of these headers more than once, in one sentence.
 * @param headers by name, with one value for each
 */
export function findRepeatedHeader(
  rawHeaders: readonly string[],
  headers: IncomingHttpHeaders,
): string | undefined {
  // Usual, and faster to see.
  if (rawHeaders.length === 2 * Object.keys(headers).length) return undefined;
  const name = singleHeaders.find((one) => valuesOf(rawHeaders, one).length > 1);
  return name && `the request must have one header ${name}, got several`;
}

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let n = 0; n + 1 < rawHeaders.length; n += 2) {
    if (rawHeaders[n]?.length === name.length && rawHeaders[n]?.toLowerCase() === name) {
      values.push(rawHeaders[n + 1] ?? "");
    }
  }
  return values;
}

/** True if browsers send `Sec-Fetch-Site` with each request: over TLS, and on this machine. */
export function isTrustworthy(host: string | undefined, isTls: boolean): boolean {
  const name = parseHost(host)?.name;
  return isTls || (name !== undefined && isLoopback(name));
}

interface Host {
  /** In lower case, an IPv6 address without its brackets. */
  readonly name: string;
  readonly port: string | undefined;
}

function parseHost(text: string | undefined): Host | undefined {
  const [, name, port] =
    /^(\[[\da-f:.]+\]|[^\s:/@?#,\\[\]]+)(?::(\d{1,5}))?$/i.exec(text ?? "") ?? [];
  return name === undefined ? undefined : { name: bare(name.toLowerCase()), port };
}

function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, "$1");
}
