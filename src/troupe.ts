#!/usr/bin/env node
/**
 * The program's first file. In a Node that is too old it starts the program again with a newer one, before
 * loading files that the old one cannot parse, or reports in one line that there is none.
 * Invariant: no static import, and no syntax or call that Node 18 does not know.
 */

const NODE_MAJOR_MIN = 26;

const version = process.versions.node;
if (Number.parseInt(version, 10) < NODE_MAJOR_MIN) {
  const { findNode } = await import("./runtime/find-node.ts");
  const node = findNode(NODE_MAJOR_MIN, process.argv[1] ?? process.cwd());
  if (node === undefined) {
    console.error(
      `troupe needs Node ${NODE_MAJOR_MIN} or newer; this is v${version}, and no newer one was found in this project or on this machine: install one from https://nodejs.org, in this project (npm install node@${NODE_MAJOR_MIN}), or with a version manager such as nvm (nvm install ${NODE_MAJOR_MIN})`,
    );
    process.exitCode = 1;
  } else {
    const { startAgain } = await import("./runtime/start-again.ts");
    process.exitCode = await startAgain(node);
  }
} else {
  const { enableCompileCache, setSourceMapsSupport } = await import("node:module");
  const { ownCacheFolder } = await import("./compile-cache.ts");
  const cache = ownCacheFolder();
  // For all that is loaded from here on.
  if (cache !== undefined) enableCompileCache(cache);
  // Stacks name our sources. A map is read when a stack first needs it.
  setSourceMapsSupport(true);
  const args = process.argv.slice(2);
  const isAsked = args.some((arg) => arg === "--help" || arg === "-h");
  if (args[0] === "start" && !isAsked) {
    const { stopEarly } = await import("./heart/stop-signal.ts");
    stopEarly();
    const { hideSecrets } = await import("./secrets.ts");
    // Before all other work: it may replace this program by a new one.
    hideSecrets();
    // Node would open a debugger's port, through which any local program could run code on main.
    process.on("SIGUSR1", () => undefined);
    const { divertOutput } = await import("./outlet/divert.ts");
    const { leave } = await import("./heart/leave.ts");
    const output = divertOutput(() => leave(1));
    // Only `start` has a heart above it, unless it is under one already.
    if (args.includes("--no-heart") || args.includes("--under-heart")) {
      const { runCli } = await import("./cli/cli.ts");
      process.exitCode = await runCli(args);
      await output.drain();
      endIfFailed();
    } else {
      const { runUnderHeart } = await import("./heart/heart.ts");
      const code = await runUnderHeart({ program: import.meta.filename, args });
      await output.drain();
      // Not by `exitCode` and the end of all work: signals would be unhandled before the end, and one
      // could change the exit code.
      process.exit(code);
    }
  } else {
    const { runCli } = await import("./cli/cli.ts");
    process.exitCode = await runCli(args);
    endIfFailed();
  }
}

/** A request to a store that never answers would keep a command that has failed alive for minutes. */
function endIfFailed(): void {
  if (process.exitCode !== 0) setTimeout(() => process.exit(), 1_000).unref();
}
