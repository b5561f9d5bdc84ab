/** How large a table is: its rows, and the files that it keeps. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface TableStats {
  readonly rows: number;
  /** Bytes of the data of the newest version. */
  readonly bytes: number;
  readonly fragments: number;
  /** Versions that are kept, the newest included. */
  readonly versions: number;
  /** Bytes of all that lies in the table's folder; null on an object store. */
  readonly disk_bytes: number | null;
}

/** What is asked of a table. */
interface MeasuredTable {
  readonly name: string;
  stats(): Promise<Pick<TableStats, "rows" | "bytes" | "fragments">>;
  countVersions(): Promise<number>;
}

/**
 * @param database its folder; undefined for one on an object store
 * @throws {TroupeError} `STORE_UNAVAILABLE`.
 */
export async function readTableStats(
  table: MeasuredTable,
  database: string | undefined,
): Promise<TableStats> {
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
