/** The server's token: the one that is set, otherwise the one in the token file. */

import { TroupeError } from "../../model/errors.ts";
import type { Settings } from "../../settings/config.ts";
import { isLoopback } from "./origin.ts";
import { keepToken, tokenPath } from "./token-file.ts";

/** Shortest token for a server that others can reach, in characters. */
const PUBLIC_TOKEN_LENGTH_MIN = 16;

/**
 * @throws {TroupeError} `SETTING_INVALID` if the server would listen on a public address without a set
 * token, `TOKEN_FILE_UNUSABLE`.
 */
export async function findToken(
  { token, host }: Pick<Settings, "token" | "host">,
  folder: string,
): Promise<string> {
  const isPublic = !isLoopback(host.replace(/^\[(.*)\]$/, "$1"));
  if (isPublic && (token ?? "").length < PUBLIC_TOKEN_LENGTH_MIN) {
    const expected = `a token of at least ${PUBLIC_TOKEN_LENGTH_MIN} characters`;
    const message = `TROUPE_TOKEN must be ${expected}, because TROUPE_HOST (${host}) is not a loopback address`;
    throw new TroupeError("SETTING_INVALID", message, { details: { setting: "TROUPE_TOKEN" } });
  }
  return token ?? (await keepToken(tokenPath(folder)));
}
