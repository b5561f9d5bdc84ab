/**
 * The credentials: the token, and in browsers a cookie. Both are compared in constant time. The cookie is
 * signed with the token, so that it survives a restart, is worthless under another token, and does not
 * reveal the token. It contains its port, because browsers send a host's cookies to all ports, and its
 * expiry.
 *
 * Rejected: the token in the page's storage, where an injected script could read it; a package for
 * sessions, which would keep more than this one cookie and check less of a request's origin.
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Milliseconds until a cookie expires. */
const SESSION_MS = 12 * 3_600_000;
/** Age in milliseconds from which a request gets a new cookie. */
const RENEW_MS = 3_600_000;

/** The server as a browser reached it. */
export interface Place {
  readonly port: number;
  /** True if the browser used TLS. */
  readonly isTls: boolean;
}

export interface Session {
  /** True if the cookie should be renewed. */
  readonly isToRenew: boolean;
}

export class Credentials {
  readonly #token: string;
  readonly #tokenDigest: Buffer;

  constructor(token: string) {
    this.#token = token;
    this.#tokenDigest = digest(token);
  }

  isToken(text: string): boolean {
    return timingSafeEqual(digest(text), this.#tokenDigest);
  }

  /** @param header the request's `Authorization` */
  isBearer(header: string | undefined): boolean {
    const [, text] = /^Bearer +(\S+) *$/i.exec(header ?? "") ?? [];
    return text !== undefined && this.isToken(text);
  }

  /**
   * The session of a cookie of the request; undefined if there is none, or it has expired.
   * @param header the request's `Cookie`
   * @param now milliseconds since the epoch
   */
  findSession(header: string | undefined, port: number, now: number): Session | undefined {
    if (header === undefined) return undefined;
    const names = [cookieName({ port, isTls: false }), cookieName({ port, isTls: true })];
    for (const pair of header.split(";")) {
      const [name = "", value = ""] = pair.trim().split("=", 2);
      const endsAt = names.includes(name) ? this.#endOf(value, port) : undefined;
      // A cookie from the future was made before the clock was set back.
      if (endsAt !== undefined && endsAt > now && endsAt <= now + SESSION_MS) {
        return { isToRenew: endsAt - now < SESSION_MS - RENEW_MS };
      }
    }
    return undefined;
  }

  /**
   * `Set-Cookie` for a client with the token. Browsers accept a name with `__Host-` only over TLS and
   * only from this host.
   */
  sessionCookie(place: Place, now: number): string {
    const endsAt = now + SESSION_MS;
    const value = `${endsAt}.${this.#signature(endsAt, place.port)}`;
    const secure = place.isTls ? "; Secure" : "";
    const life = `Max-Age=${SESSION_MS / 1_000}; Path=/; HttpOnly; SameSite=Strict`;
    return `${cookieName(place)}=${value}; ${life}${secure}`;
  }

  /** The expiry of a cookie's value; undefined if its signature is wrong. */
  #endOf(value: string, port: number): number | undefined {
    const [, digits = "", signature = ""] = /^(\d{1,15})\.([\w-]+)$/.exec(value) ?? [];
    const expected = this.#signature(Number(digits), port);
    return timingSafeEqual(digest(signature), digest(expected)) ? Number(digits) : undefined;
  }

  #signature(endsAt: number, port: number): string {
    const signed = `troupe session of port ${port} until ${endsAt}`;
    return createHmac("sha256", this.#token).update(signed).digest("base64url");
  }
}

function cookieName({ port, isTls }: Place): string {
  return `${isTls ? "__Host-" : ""}troupe_session_${port}`;
}

/** Of constant length, so that the comparison's time reveals nothing. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
