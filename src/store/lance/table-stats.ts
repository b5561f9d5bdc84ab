/** The size of a table: its rows and its files. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { TableStats } from "../../model/agent-view.ts";

/** Without the time of compaction, which only the janitor knows. */
type Measured = Omit<TableStats, "compacted_at">;

interface MeasuredTable {
  readonly name: string;
  stats(): Promise<Pick<Measured, "rows" | "bytes" | "fragments">>;
  countVersions(): Promise<number>;
}

/**
 * @param database the database's folder; undefined on an object store
 * @throws {TroupeError} `STORE_UNAVAILABLE`.
 */
export async function measureTable(
  table: MeasuredTable,
  database: string | undefined,
): Promise<Measured> {
  const stats = await table.stats();
  if (database === undefined) {
    return { ...stats, versions: await table.countVersions(), disk_bytes: null };
  }
  const folder = join(database, `${table.name}.lance`);
  const manifests = await filesIn(join(folder, "_versions"));
  return {
    ...stats,
    versions: manifests.filter((name) => name.endsWith(".manifest")).length,
    disk_bytes: await bytesIn(folder),
  };
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = (await filesIn(folder)).map(async (path) => {
    // Compaction may have removed it meanwhile.
    const found = await stat(join(folder, path)).catch(() => undefined);
    return found?.isFile() ? found.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder, { recursive: true }).catch(() => []);
}
