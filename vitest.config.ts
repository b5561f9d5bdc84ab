import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/**
 * One more file at a time than there are cores, because each waits now and then: for a grace, a backoff or a
 * merge. Vitest's own number leaves a core idle.
 */
const maxWorkers = availableParallelism() + 1;

/** They need the build. A file starts several processes and a browser; ports and folders are each test's own. */
const program = [
  "test/e2e/**/*.test.ts",
  "test/{build,troupe}.test.ts",
  "test/cli/{server,start}.test.ts",
  "test/control/routes/page-routes.test.ts",
];

/**
 * They load the whole machine on purpose, or measure others meanwhile: random actions and kills, power cuts,
 * agents that take all memory or never yield. Each runs alone, last.
 */
const machine = [
  "test/e2e/{chaos,fault-matrix,power-cut,stubborn}.test.ts",
  "test/supervisor/watchdog-memory.test.ts",
];

/**
 * They need programs that npm does not bring: an object gateway, etcd. `npm run test:fleet` runs them. The
 * folder also has the tests of `src/fleet`, which are named as its files, with or without a further word:
 * `fleet-steps.test.ts` is one of `fleet.ts`.
 */
const fleet = globSync("test/fleet/*.test.ts").filter((path) => {
  const source = path.replace(/^test(.*)\.test\.ts$/, "src$1.ts");
  return !existsSync(source) && !existsSync(source.replace(/-[a-z]+\.ts$/, ".ts"));
});

/**
 * V8's code cache, for the packages that each test's process loads and for the threads that run from the
 * sources: more than half of what a thread's start costs. Inherited by the processes of the tests.
 */
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "build/compile-cache");

/** Files of that kind at a time, on any machine: each may take a gigabyte. */
const PROGRAM_WORKERS_MAX = 6;

export default defineConfig({
  test: {
    // A process for each file: threads, ports and native code of one cannot touch another.
    pool: "forks",
    // A machine may be ten times slower than a developer's: these only end what hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    // .ci/run lists the tests that passed only when they were repeated.
    retry: process.env["CI"] ? 1 : 0,
    setupFiles: ["test/support/tool-leaks.ts", "test/support/history-equality.ts"],
    // No test may spend anything: empty counts as not set.
    env: { OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "", GOOGLE_API_KEY: "", OLLAMA_HOST: "" },
    // .ci/run counts in the second one.
    reporters: ["default", ["json", { outputFile: "build/test-report.json" }]],
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: ["test/**/*.test.ts"],
          exclude: [...program, ...machine, ...fleet],
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "program",
          include: program,
          exclude: machine,
          maxWorkers: Math.min(maxWorkers, PROGRAM_WORKERS_MAX),
          // Several processes and a browser share the machine with another file's.
          testTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "machine",
          include: machine,
          maxWorkers: 1,
          testTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: "fleet",
          include: fleet,
          maxWorkers: 1,
          testTimeout: 300_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
