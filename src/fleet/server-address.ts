/** The address of a server, as users write it or copy it from the output of `troupe start`. */

import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";

export interface Address {
  /** Without a slash at its end; a path is kept, for servers behind a proxy. */
  readonly url: string;
  readonly token: string | undefined;
}

/**
 * Parses an address. A token in its query, as in the address that `troupe start` prints, is used
 * if no other is given. Pure.
 * @throws {TroupeError} `SERVER_URL_INVALID`; its message shows nothing of the query, nor a password.
 */
export function parseAddress(text: string, token?: string): Address {
  const url = URL.parse(text);
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === null || !isWeb || url.username !== "" || url.password !== "") {
    const got = excerpt(text.replace(/[?#].*/s, "").replace(/\/\/[^/]*@/, "//…@"));
    throw new TroupeError(
      "SERVER_URL_INVALID",
      `the server's address must be an http or https URL without a user name, such as http://127.0.0.1:7878, got ${got}`,
    );
  }
  return {
    url: url.origin + url.pathname.replace(/\/+$/, ""),
    token: token ?? url.searchParams.get("token") ?? undefined,
  };
}
