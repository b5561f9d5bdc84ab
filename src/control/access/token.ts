/** Which token the server takes: the one set by hand, else the one kept beside the database. */

import type { Settings } from "../../config.ts";
import { TroupeError } from "../../model/errors.ts";
import { isLoopback } from "./origin.ts";
import { keepToken, tokenPath } from "./token-file.ts";

/** Shortest token that is enough where others can reach the server, in characters. */
const PUBLIC_TOKEN_LENGTH_MIN = 16;

/**
 * @throws {TroupeError} `SETTING_INVALID` where the server would listen at a public address without a
 * token set by hand, `TOKEN_FILE_UNUSABLE`.
 */
export async function findToken(
  { token, host }: Pick<Settings, "token" | "host">,
  folder: string,
): Promise<string> {
  const isPublic = !isLoopback(host.replace(/^\[(.*)\]$/, "$1"));
  if (isPublic && (token ?? "").length < PUBLIC_TOKEN_LENGTH_MIN) {
    const expected = `a token of at least ${PUBLIC_TOKEN_LENGTH_MIN} characters`;
    const message = `TROUPE_TOKEN must be ${expected} where TROUPE_HOST (${host}) is not a loopback address`;
    throw new TroupeError("SETTING_INVALID", message, { details: { setting: "TROUPE_TOKEN" } });
  }
  return token ?? (await keepToken(tokenPath(folder)));
}
