/**
 * The files that are loaded by URL and not by import: a thread has its own bundle, so that it loads as
 * little as possible. Only this file knows their places, in the source tree and in the build.
 * Invariant: the build keeps this file in the root of `dist/`, next to the files that it names. The bundle
 * of a thread has only the addresses that it uses, because each is marked as pure.
 */

const isBuilt = /\.c?js$/.test(import.meta.filename);

/** The code of an agent's thread. */
export const threadEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./thread.cjs" : "./actor/thread.ts",
  import.meta.url,
);

/** What a thread loads in the build, to run the above with what V8 has compiled of it. */
export const threadStart = /* @__PURE__ */ new URL("./start-thread.cjs", import.meta.url);

/** V8's code cache next to the built files; undefined in the source tree. */
export const builtCacheFolder = isBuilt
  ? /* @__PURE__ */ new URL("./compile-cache", import.meta.url)
  : undefined;

/** The code of a thread of the model pool. */
export const llmWorkerEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./llm-worker.js" : "./llm/worker.ts",
  import.meta.url,
);

/** The code of a process that compiles own BAML files. */
export const compileProcessEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./compile-process.js" : "./llm/prompts/compile-process.ts",
  import.meta.url,
);

/** The code of the journal's thread. */
export const journalEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./journal-thread.js" : "./store/journal/journal-thread.ts",
  import.meta.url,
);

/** What `import … from "troupe"` gives in the module of a user's agent. */
export const agentApiEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./define-agent.js" : "./agents/define-agent.ts",
  import.meta.url,
);

/** Loaded first by a thread that an agent's code makes. */
export const doorsEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./shut-doors.cjs" : "./actor/shut-doors.ts",
  import.meta.url,
);

/** The code of a thread that inspects a user's module. */
export const inspectEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./inspect-thread.js" : "./actor/inspect-thread.ts",
  import.meta.url,
);

/** The code of the thread that looks inside agents' threads. */
export const inspectorEntry = /* @__PURE__ */ new URL(
  isBuilt ? "./inspector-thread.js" : "./supervisor/inside/inspector-thread.ts",
  import.meta.url,
);

/** The folder of Troupe's own code: frames of it are not the agent's. */
export const codeFolder = /* @__PURE__ */ new URL("./", import.meta.url);

/** The folder of the built dashboard; for the source tree it is the last build's. */
export const dashboardFolder = /* @__PURE__ */ new URL(
  isBuilt ? "./dashboard/" : "../dist/dashboard/",
  import.meta.url,
);

/** What `troupe init` copies into a project. */
export const templateFolder = /* @__PURE__ */ new URL("../template/", import.meta.url);

/** The source of the built-in BAML functions, which only a clone has. */
export const builtInPromptFolder = /* @__PURE__ */ new URL("../baml_src/", import.meta.url);
