/**
 * Who may ask: the token, and the cookie that stands for it in browsers. Both are compared in constant
 * time. The cookie is signed with the token, so that it outlives a restart and is worth nothing once the
 * token is another; the token does not follow from it. It names the port that it is for, because
 * browsers send the cookies of a host to all of its ports, and the time at which it ends.
 *
 * Rejected: the token in the page's storage, where an injected script could read it; a package for
 * sessions, which would keep more than this one cookie and check less of where a request comes from.
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Milliseconds that a cookie is good for. */
const SESSION_MS = 12 * 3_600_000;
/** Milliseconds after which the next request gets a new one. */
const RENEW_MS = 3_600_000;

/** Where a browser is answered. */
export interface Place {
  readonly port: number;
  /** True where the browser came over TLS. */
  readonly isTls: boolean;
}

export interface Session {
  /** It has been in use for a while, and whoever uses it should get another. */
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
   * The session that a cookie of the request stands for; undefined if there is none, or none any longer.
   * @param header the request's `Cookie`
   * @param now milliseconds since the epoch
   */
  findSession(header: string | undefined, port: number, now: number): Session | undefined {
    if (header === undefined) return undefined;
    const names = [cookieName({ port, isTls: false }), cookieName({ port, isTls: true })];
    for (const pair of header.split(";")) {
      const [name = "", value = ""] = pair.trim().split("=", 2);
      const endsAt = names.includes(name) ? this.#endOf(value, port) : undefined;
      // A cookie from the future is of a clock that was set back since.
      if (endsAt !== undefined && endsAt > now && endsAt <= now + SESSION_MS) {
        return { isToRenew: endsAt - now < SESSION_MS - RENEW_MS };
      }
    }
    return undefined;
  }

  /**
   * `Set-Cookie` for whoever has shown the token. Browsers take a name with `__Host-` over TLS alone, and
   * then from this host alone.
   */
  sessionCookie(place: Place, now: number): string {
    const endsAt = now + SESSION_MS;
    const value = `${endsAt}.${this.#signature(endsAt, place.port)}`;
    const secure = place.isTls ? "; Secure" : "";
    const life = `Max-Age=${SESSION_MS / 1_000}; Path=/; HttpOnly; SameSite=Strict`;
    return `${cookieName(place)}=${value}; ${life}${secure}`;
  }

  /** When a cookie's value ends; undefined for one that was not made here. */
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

/** Of one length, whatever came: the comparison's time tells nothing. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
