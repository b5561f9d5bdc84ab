/** Breaks a folder of a database in ways that stop root too, and mends it again. */

import { existsSync } from "node:fs";
import { cp, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Makes something of the database at `location` fail, and gives back what mends it. */
export type Break = (location: string) => Promise<() => Promise<void>>;

export async function moveAway(path: string): Promise<() => Promise<void>> {
  const away = `${path}-away`;
  await rename(path, away);
  return async () => {
    for (;;) {
      // A commit that was under way may have made the folder again: what it wrote belongs to the rest.
      if (existsSync(path)) await cp(path, away, { recursive: true });
      await rm(path, { recursive: true, force: true });
      const isBack = await rename(away, path).then(
        () => true,
        (error) => {
          if (error.code === "ENOTEMPTY") return false;
          throw error;
        },
      );
      if (isBack) return;
    }
  };
}

/** Puts a file in place of a folder: nothing can be written there. */
export async function block(path: string): Promise<() => Promise<void>> {
  const restore = await moveAway(path);
  // A commit that is under way may make the folder again: what it wrote belongs to the rest.
  for (;;) {
    const isBlocked = await writeFile(path, "").then(
      () => true,
      (error) => {
        if (error.code === "EISDIR") return false;
        throw error;
      },
    );
    if (isBlocked) break;
    for (const name of await readdir(path)) {
      // A draft that is gone has its final name by now.
      await rename(join(path, name), join(`${path}-away`, name)).catch(() => undefined);
    }
    await rmdir(path).catch(() => undefined); // a file came meanwhile: the next round has it
  }
  return async () => {
    await rm(path);
    await restore();
  };
}
