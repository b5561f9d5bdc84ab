/** Notices commits of other processes by watching a table's folder of versions. Only a hint. */

import { type FSWatcher, watch } from "node:fs";
import type { StoreLog } from "../store-log.ts";

/**
 * Calls back once for all changes in one turn of the event loop. Never throws: if the system cannot
 * watch, or the folder goes away, there are no calls.
 * @param folder undefined on an object store
 */
export function watchFolder(
  folder: string | undefined,
  onChange: () => void,
  log: StoreLog,
): Disposable {
  let isRung = false;
  const ring = () => {
    if (isRung) return;
    isRung = true;
    setImmediate(() => {
      isRung = false;
      if (watcher !== undefined) onChange();
    });
  };
  let watcher = folder === undefined ? undefined : open(folder, ring, log);
  return {
    [Symbol.dispose]: () => {
      watcher?.close();
      watcher = undefined;
    },
  };
}

function open(folder: string, ring: () => void, log: StoreLog): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, ring);
    watcher.on("error", (error) => {
      log.warn({ folder, err: error }, "watching the queue's folder ended; polling continues");
      watcher.close();
    });
    return watcher;
  } catch (error) {
    log.warn({ folder, err: error }, "the queue's folder cannot be watched; polling continues");
    return undefined;
  }
}
