/** A database as `kill -9` would leave it now: a copy of its folder while its store is open. */

import { cp } from "node:fs/promises";
import { onTestFinished } from "vitest";
import { openStore, type Store, type StoreOptions } from "../../src/store/store.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

/** @param location a folder to which nothing is written meanwhile */
export async function openCrashed(
  location: string,
  options: (location: string) => Partial<StoreOptions>,
): Promise<Store> {
  const folder = await makeTempFolder();
  const copy = `${folder.path}/db`;
  await cp(location, copy, { recursive: true });
  const store = await openStore({ location: copy, ...options(copy) });
  onTestFinished(async () => {
    await store.close();
    await folder[Symbol.asyncDispose]();
  });
  return store;
}
