/**
 * The proxies of the environment for requests to models, in the form that Node's agents understand: these ignore
 * all others silently, and requests would go to the provider directly. Pure.
 */

import { isIPv6 } from "node:net";
import { type Environment, proxyVariables } from "./providers.ts";

/** The variables that are set; of an address without a scheme the scheme is `http`, as for curl. */
export function proxiesIn(env: Environment): Readonly<Record<string, string>> {
  const proxies: Record<string, string> = {};
  for (const name of proxyVariables) {
    const text = env[name]?.trim();
    if (text === undefined) continue;
    const isBare = text !== "" && !isExemption(name) && !text.includes("://");
    proxies[name] = isBare ? `http://${text}` : text;
  }
  return proxies;
}

/** Why requests to this address cannot take the proxy that is set for it; undefined if they can, or if none is. */
export function findProxyFault(url: URL, proxies: Environment): string | undefined {
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  const variable = [name, name.toUpperCase()].find((one) => proxies[one]);
  if (variable === undefined || isExempt(url.hostname, proxies)) return undefined;
  const address = URL.parse(proxies[variable] ?? "");
  if (address !== null && /^https?:$/.test(address.protocol)) return undefined;
  const got = address === null ? "no address" : `one with ${address.protocol}`;
  return `${variable} must be the http or https address of a proxy, got ${got}`;
}

function isExemption(name: string): boolean {
  return name.toUpperCase() === "NO_PROXY";
}

function isExempt(host: string, proxies: Environment): boolean {
  const hosts = (proxies["no_proxy"] || proxies["NO_PROXY"] || "").toLowerCase().split(/[\s,]+/);
  return hosts.some((one) => {
    const isBareIpv6 = isIPv6(one);
    const name = isBareIpv6 ? `[${one}]` : one.replace(/^\*?\./, "").replace(/:\d+$/, "");
    return one === "*" || host === name || (name !== "" && host.endsWith(`.${name}`));
  });
}
