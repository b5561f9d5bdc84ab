/**
 * The files that are loaded by address instead of by import: a thread's code has a bundle of its
 * own, because a thread loads as little as can be. One place says where they lie, in the source
 * tree (run by Node as it is) and in the built folder.
 * Invariant: the build keeps this file in the root of `dist/`, beside what it names.
 */

const isBuilt = /\.c?js$/.test(import.meta.url);

/** What an agent's thread runs. */
export const threadEntry = new URL(isBuilt ? "./thread.cjs" : "./actor/thread.ts", import.meta.url);

/** Where V8's code of what threads load is kept; undefined in the source tree, which changes. */
export const compileCacheFolder = isBuilt ? new URL("./compile-cache", import.meta.url) : undefined;

/** What a thread of the model pool runs. */
export const llmWorkerEntry = new URL(
  isBuilt ? "./llm-worker.js" : "./llm/worker.ts",
  import.meta.url,
);

/** What `import … from "troupe"` means to the module of a user's agent. */
export const agentApiEntry = new URL(
  isBuilt ? "./define-agent.js" : "./agents/define-agent.ts",
  import.meta.url,
);

/** What a thread loads first that an agent's code makes. */
export const doorsEntry = new URL(
  isBuilt ? "./shut-doors.cjs" : "./actor/shut-doors.ts",
  import.meta.url,
);

/** What a thread runs that looks into a user's module. */
export const inspectEntry = new URL(
  isBuilt ? "./inspect-thread.js" : "./actor/inspect-thread.ts",
  import.meta.url,
);

/** The dashboard, as it is built: a folder. From the source tree it is the last build's. */
export const dashboardFolder = new URL(
  isBuilt ? "./dashboard/" : "../dist/dashboard/",
  import.meta.url,
);
