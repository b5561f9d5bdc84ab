/**
 * Stale temporary files: drafts of small files that a killed process did not rename into place.
 * LanceDB's own cleanup removes the files of its unfinished writes after seven days.
 */

import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A draft is renamed within moments; an older one is stale. */
const AGE_MS_MIN = 3_600_000;

const uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
// The last two are from older versions: a draft of a token, and the claim of a process that died while taking over a lock.
const draft = new RegExp(
  `^(\\.(troupe\\.lock|retention\\.json|token)\\.\\d+\\.${uuid}|token\\.${uuid}|troupe\\.lock\\.[0-9a-f]{16}\\.\\d+)$`,
);

/** Removes them from a database's folder; returns how many. Never rejects. */
export async function removeStaleTempFiles(folder: string, now: number): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  let swept = 0;
  for (const name of names.filter((one) => draft.test(one))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || now - found.mtimeMs < AGE_MS_MIN) continue;
    await rm(path, { force: true }).catch(() => undefined);
    swept += 1;
  }
  return swept;
}
