/**
 * Who may ask: the token, and the cookie that stands for it in browsers. Both are compared in constant
 * time. The cookie's value follows from the token, so that it outlives a restart and is worth nothing
 * once the token is another; the token does not follow from it.
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export class Credentials {
  readonly #tokenDigest: Buffer;
  readonly #session: string;
  readonly #sessionDigest: Buffer;

  constructor(token: string) {
    this.#tokenDigest = digest(token);
    this.#session = createHmac("sha256", token).update("troupe session").digest("base64url");
    this.#sessionDigest = digest(this.#session);
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
   * @param header the request's `Cookie`
   * @param port of the server: browsers do not keep the cookies of two ports apart
   */
  isSession(header: string | undefined, port: number): boolean {
    const name = sessionName(port);
    return (header ?? "").split(";").some((pair) => {
      const [key, value] = pair.trim().split("=", 2);
      return (
        key === name && value !== undefined && timingSafeEqual(digest(value), this.#sessionDigest)
      );
    });
  }

  /** `Set-Cookie` for whoever has shown the token. Ends with the browser's session. */
  sessionCookie(port: number): string {
    return `${sessionName(port)}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }
}

function sessionName(port: number): string {
  return `troupe_session_${port}`;
}

/** Of one length, whatever came: the comparison's time tells nothing. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
