/** A folder of a test's own, gone after it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

export async function makeTempFolder(parent = tmpdir()): Promise<TempFolder> {
  const path = await mkdtemp(join(parent, "troupe-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}
