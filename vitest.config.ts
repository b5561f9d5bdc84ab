import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A process for each file: threads, ports and native code of one cannot touch another.
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    setupFiles: ["test/support/tool-leaks.ts"],
    // No test may spend anything: empty counts as not set.
    env: { OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "", GOOGLE_API_KEY: "", OLLAMA_HOST: "" },
    // .ci/run counts in the second one.
    reporters: ["default", ["json", { outputFile: "build/test-report.json" }]],
  },
});
