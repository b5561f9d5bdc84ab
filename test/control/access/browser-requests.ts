/** Requests without the token in a header, as a browser makes them. */

import type { Control } from "../../support/control.ts";

/** Headers of somebody who shows no token. */
export function without(headers: Readonly<Record<string, string>> = {}) {
  return { headers: { authorization: undefined, ...headers } };
}

export function asBrowser(headers: Readonly<Record<string, string>> = {}) {
  return without({ accept: "text/html,*/*", ...headers });
}

/** Opens the page with the token. Resolves with the cookie that the browser gets for it. */
export async function signIn(control: Control): Promise<string> {
  const { headers } = await control.get(`/?token=${control.token}`, asBrowser());
  return String(headers["set-cookie"]).split(";")[0] ?? "";
}
