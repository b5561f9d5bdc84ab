/** What each agent's thread gets from the settings: its rights, and its code, both with V8's code cache. */

import { threadCacheFolder } from "./compile-cache.ts";
import { defined } from "./model/defined.ts";
import { agentRights, type Settings } from "./settings/config.ts";
import { localStateFolder } from "./store/ownership/location.ts";
import { ThreadCodeSource } from "./supervisor/thread/thread-code.ts";
import type { ThreadRights } from "./supervisor/thread/thread-rights.ts";

/** With the folder in which Node keeps what is compiled while a file loads. */
export function threadRights(settings: Settings): ThreadRights {
  const rights = agentRights(settings);
  return {
    ...rights,
    env: { ...defined({ NODE_COMPILE_CACHE: folderOf(settings) }), ...rights.env },
  };
}

/** Undefined in the source tree, where threads load the sources. */
export function threadCode(settings: Settings): ThreadCodeSource | undefined {
  const folder = folderOf(settings);
  return folder === undefined ? undefined : new ThreadCodeSource(folder);
}

function folderOf({ db, local }: Settings): string | undefined {
  return threadCacheFolder(localStateFolder(db, local));
}
