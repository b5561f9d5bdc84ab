/** Breaks a folder of a database in ways that stop root too, and mends it again. */

import { rename, rm, writeFile } from "node:fs/promises";

/** Makes something of the database at `location` fail, and gives back what mends it. */
export type Break = (location: string) => Promise<() => Promise<void>>;

export async function moveAway(path: string): Promise<() => Promise<void>> {
  await rename(path, `${path}-away`);
  return () => rename(`${path}-away`, path);
}

/** Puts a file in place of a folder: nothing can be written there. */
export async function block(path: string): Promise<() => Promise<void>> {
  const restore = await moveAway(path);
  await writeFile(path, "");
  return async () => {
    await rm(path);
    await restore();
  };
}
