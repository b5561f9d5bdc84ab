/** A store in a folder of its own, and what tests look at behind its back. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { connect, type Table } from "@lancedb/lancedb";
import { openStore, type Store, type StoreOptions } from "../../src/store/store.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

export interface SampleStore extends AsyncDisposable {
  readonly location: string;
  readonly store: Store;
}

export async function openSample(options: Partial<StoreOptions> = {}): Promise<SampleStore> {
  const folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const store = await openStore({ location, ...options });
  return {
    location,
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The table as another program opens it. */
export async function openForeign(location: string, name: string): Promise<Table> {
  const connection = await connect(location, { readConsistencyInterval: 0 });
  return connection.openTable(name);
}

export async function countVersions(location: string, table: string): Promise<number> {
  return (await readdir(join(location, `${table}.lance`, "_versions"))).length;
}

export async function countFiles(location: string, table: string): Promise<number> {
  const entries = await readdir(join(location, `${table}.lance`), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).length;
}
