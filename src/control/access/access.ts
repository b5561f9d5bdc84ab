/**
 * Access: each request, whatever its route, must name a host of this server, come from no foreign page,
 * and show the token or the cookie that stands for it. Routes that are open to all, or that take the
 * token in the query, say so in their `config.access`.
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { sendProblem } from "../http/problem.ts";
import type { App } from "../routes/route-parts.ts";
import { Credentials, type Place, type Session } from "./credentials.ts";
import {
  findHostFault,
  type HostRules,
  hostRules,
  isHostAllowed,
  isOriginAllowed,
  isTrustworthy,
} from "./origin.ts";
import { SIGN_IN_CSP, signInPage } from "./sign-in.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** `open` to all; `query`: clients that cannot set headers may bring the token as `?token=`. */
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
    // What it tells is nobody's to keep; files that may be kept say so themselves.
    reply.header("cache-control", "no-store");
    const fault = findForeign(request, rules);
    if (fault !== undefined) {
      // Whoever does not say whom it asks may be two who are not of one mind about it.
      if (fault.code === "REQUEST_INVALID") reply.header("connection", "close");
      return sendProblem(reply, fault);
    }
    if (request.routeOptions.config?.access === "open") return;
    return authenticate(request, reply, credentials);
  });
}

function findForeign({ headers, socket, raw }: FastifyRequest, rules: HostRules) {
  const { host, origin } = headers;
  const malformed = findHostFault(raw.rawHeaders, raw.url ?? "");
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

/** The request goes on, with a new cookie from time to time, if it is a page's of this server. */
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
 * What a browser sends by itself must not come from a page of another origin, another port of this
 * machine included. What says so cannot be set by a page's script, and a browser says it of each request
 * where the way is trustworthy; elsewhere a read may leave it out.
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

/** True where a proxy says that it was asked over TLS. Believed for the cookie alone, which it narrows. */
function isOverTls({ headers }: FastifyRequest): boolean {
  const [proto = ""] = String(headers["x-forwarded-proto"] ?? "").split(",");
  return proto.trim().toLowerCase() === "https";
}

/** A page that a person opens: not the interface for programs, and HTML is wanted. */
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

/** The same address on this server, whatever the path looks like. */
function withoutToken(url: string): string {
  const [path = "/", query = ""] = url.split("?", 2);
  const params = new URLSearchParams(query);
  params.delete("token");
  const rest = params.size === 0 ? "" : `?${params}`;
  // Two slashes in front would name another host.
  return `/${path.replace(/^[/\\]+/, "")}${rest}`;
}
