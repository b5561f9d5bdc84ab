/**
 * Access: every request must name a host of this server, must not come from another site's page, and
 * must carry the token or the session's cookie. Routes that are open to all, or accept the token in the
 * query, declare that in their `config.access`.
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { sendProblem } from "../http/problem.ts";
import type { App } from "../routes/route-parts.ts";
import { Credentials, type Place, type Session } from "./credentials.ts";
import {
  findHostFault,
  findRepeatedHeader,
  type HostRules,
  hostRules,
  isHostAllowed,
  isOriginAllowed,
  isTrustworthy,
} from "./origin.ts";
import { SIGN_IN_CSP, signInPage } from "./sign-in.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** `open` to all; `query`: clients that cannot set headers may send the token as `?token=`. */
    readonly access?: "open" | "query";
  }
}

export interface AccessOptions {
  readonly token: string;
  /** `TROUPE_HOST` */
  readonly host: string;
  /** `TROUPE_ALLOWED_HOSTS` */
  readonly allowedHosts: readonly string[];
}

export function guardAccess(app: App, options: AccessOptions): void {
  const rules = hostRules(options.host, options.allowedHosts);
  const credentials = new Credentials(options.token);
  app.addHook("onRequest", async (request, reply) => {
    // The default; static files override it.
    reply.header("cache-control", "no-store");
    const fault = findForeign(request, rules);
    if (fault !== undefined) {
      // An ambiguous header may be request smuggling: the connection is closed.
      if (fault.code === "REQUEST_INVALID") reply.header("connection", "close");
      return sendProblem(reply, fault);
    }
    if (request.routeOptions.config?.access === "open") return;
    return authenticate(request, reply, credentials);
  });
}

function findForeign(request: FastifyRequest, rules: HostRules) {
  const { headers, socket, raw } = request;
  const { host, origin } = headers;
  if (isPlainProbe(request)) return undefined;
  const { rawHeaders } = raw;
  const malformed =
    findHostFault(rawHeaders, raw.url ?? "") ?? findRepeatedHeader(rawHeaders, headers);
  if (malformed !== undefined) return new TroupeError("REQUEST_INVALID", malformed);
  if (!isHostAllowed(host, rules, socket.localAddress)) {
    const message = `Host must be a loopback name or one of TROUPE_ALLOWED_HOSTS, got ${excerpt(host)}`;
    return new TroupeError("HOST_FORBIDDEN", message);
  }
  if (origin !== undefined && !isOriginAllowed(origin, host, rules)) {
    const message = `Origin must be this server's own or in TROUPE_ALLOWED_HOSTS, got ${excerpt(origin)}`;
    return new TroupeError("ORIGIN_FORBIDDEN", message);
  }
  return undefined;
}

/**
 * True for the check of a load balancer that uses HTTP/1.0, in which `Host` may be left out: every browser
 * sends it, so no page has made the request.
 */
function isPlainProbe({ headers, raw, routeOptions }: FastifyRequest): boolean {
  const isOpen = routeOptions.config?.access === "open";
  return isOpen && raw.httpVersion === "1.0" && headers.host === undefined;
}

async function authenticate(
  request: FastifyRequest,
  reply: FastifyReply,
  credentials: Credentials,
): Promise<FastifyReply | undefined> {
  const { headers } = request;
  if (credentials.isBearer(headers.authorization)) return undefined;
  const place = { port: request.socket.localPort ?? 0, isTls: isOverTls(request) };
  const given = queryToken(request);
  if (isNavigation(request) && given !== undefined) {
    if (!credentials.isToken(given)) return signIn(reply, true);
    return reply
      .header("set-cookie", credentials.sessionCookie(place, Date.now()))
      .redirect(withoutToken(request.url), 303);
  }
  if (given !== undefined && request.routeOptions.config?.access === "query") {
    if (credentials.isToken(given)) return undefined;
  } else {
    const session = credentials.findSession(headers.cookie, place.port, Date.now());
    if (session !== undefined) return useSession(request, reply, place, { credentials, session });
  }
  return isNavigation(request) ? signIn(reply, false) : refuse(reply);
}

/** Accepts a request of a page of this server, and renews the cookie from time to time. */
function useSession(
  request: FastifyRequest,
  reply: FastifyReply,
  place: Place,
  { credentials, session }: { readonly credentials: Credentials; readonly session: Session },
): FastifyReply | undefined {
  const fault = findCrossSite(request, place.isTls);
  if (fault !== undefined) return sendProblem(reply, fault);
  if (session.isToRenew) reply.header("set-cookie", credentials.sessionCookie(place, Date.now()));
  return undefined;
}

/**
 * A request with a cookie must not come from a page of another origin, another port of this machine
 * included. Browsers send `Sec-Fetch-Site`, which scripts cannot set, with each request to a trustworthy
 * origin; elsewhere a read may lack it.
 */
function findCrossSite({ method, headers }: FastifyRequest, isTls: boolean) {
  const site = headers["sec-fetch-site"];
  const isOwnPage = headers.origin !== undefined || site === "same-origin";
  const isRead = method === "GET" || method === "HEAD";
  const mayBeUnsaid = site === undefined && !isTrustworthy(headers.host, isTls);
  const isTyped = mayBeUnsaid || site === "none" || headers["sec-fetch-mode"] === "navigate";
  if (isOwnPage || (isRead && isTyped)) return undefined;
  const message = "a request with the session's cookie must come from a page of this server";
  return new TroupeError("ORIGIN_FORBIDDEN", `${message}, got ${method} of site ${excerpt(site)}`);
}

/** True if a proxy reports TLS. Used only for the cookie, which it restricts further. */
function isOverTls({ headers }: FastifyRequest): boolean {
  const [proto = ""] = String(headers["x-forwarded-proto"] ?? "").split(",");
  return proto.trim().toLowerCase() === "https";
}

/** True if a person opens a page: not the API, and HTML is accepted. */
function isNavigation({ method, url, headers }: FastifyRequest): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && !url.startsWith("/api/") && (headers.accept ?? "").includes("text/html");
}

function signIn(reply: FastifyReply, isRefused: boolean): FastifyReply {
  return reply
    .code(401)
    .header("content-security-policy", SIGN_IN_CSP)
    .type("text/html; charset=utf-8")
    .send(signInPage(isRefused));
}

function refuse(reply: FastifyReply): FastifyReply {
  const message = "the request must carry `Authorization: Bearer <token>` with this server's token";
  reply.header("www-authenticate", "Bearer");
  return sendProblem(reply, new TroupeError("TOKEN_REQUIRED", message));
}

function queryToken({ url }: FastifyRequest): string | undefined {
  const at = url.indexOf("?");
  if (at < 0) return undefined;
  return new URLSearchParams(url.slice(at + 1)).get("token") ?? undefined;
}

/**
 * The same URL without the token, relative to it: a proxy may serve this server below a path. Begins with
 * a dot, because two slashes in front would name another host.
 */
function withoutToken(url: string): string {
  const [path = "/", query = ""] = url.split("?", 2);
  const params = new URLSearchParams(query);
  params.delete("token");
  const rest = params.size === 0 ? "" : `?${params}`;
  return `./${path.slice(path.lastIndexOf("/") + 1)}${rest}`;
}
