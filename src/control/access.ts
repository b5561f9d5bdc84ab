/**
 * Access: each request, whatever its route, must name a host of this server, come from no foreign page,
 * and show the token or the cookie that stands for it. Routes that are open to all, or that take the
 * token in the query, say so in their `config.access`.
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { App } from "./control-parts.ts";
import { Credentials } from "./credentials.ts";
import { type HostRules, hostRules, isHostAllowed, isOriginAllowed } from "./origin.ts";
import { sendProblem } from "./problem.ts";
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
    if (fault !== undefined) return sendProblem(reply, fault);
    if (request.routeOptions.config?.access === "open") return;
    return authenticate(request, reply, credentials);
  });
}

function findForeign({ headers, socket }: FastifyRequest, rules: HostRules) {
  const { host, origin } = headers;
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
  const port = request.socket.localPort ?? 0;
  const given = queryToken(request);
  if (isNavigation(request) && given !== undefined) {
    if (!credentials.isToken(given)) return signIn(reply, true);
    return reply
      .header("set-cookie", credentials.sessionCookie(port))
      .redirect(withoutToken(request.url), 303);
  }
  if (given !== undefined && request.routeOptions.config?.access === "query") {
    if (credentials.isToken(given)) return undefined;
  } else if (credentials.isSession(headers.cookie, port)) {
    const fault = findCrossSite(request);
    return fault && sendProblem(reply, fault);
  }
  return isNavigation(request) ? signIn(reply, false) : refuse(reply);
}

/** What a browser sends by itself must not come from a page of another origin. */
function findCrossSite({ method, headers }: FastifyRequest): TroupeError | undefined {
  const site = headers["sec-fetch-site"];
  const isOwnPage = headers.origin !== undefined || site === "same-origin";
  const isRead = method === "GET" || method === "HEAD";
  const isTyped = site === undefined || site === "none" || headers["sec-fetch-mode"] === "navigate";
  if (isOwnPage || (isRead && isTyped)) return undefined;
  const message = "a request with the session's cookie must come from a page of this server";
  return new TroupeError("ORIGIN_FORBIDDEN", `${message}, got ${method} of site ${excerpt(site)}`);
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
