/** What an agent's code finds of the keys that the program was started with, and of debuggers' ports. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const KEY = "sk-of-this-test-alone";
const TOKEN = "token-of-this-test-0123456789";
const HEADER = "header-of-this-test-alone";

/** Looks at all that a process shows of its start; names where it found one of them. */
const spy = `import fs from "node:fs";
  const isIn = (text) => ["${KEY}", "${TOKEN}", "${HEADER}"].some((secret) => String(text).includes(secret));
  const read = (path) => { try { return fs.readFileSync(path, "latin1"); } catch { return ""; } };
  const pids = [process.pid, process.ppid];
  const places = {
    "process.env": () => JSON.stringify(process.env),
    "process.report": () => JSON.stringify(process.report.getReport()),
    ...Object.fromEntries(pids.flatMap((pid) => ["environ", "cmdline", "fd/0"]
      .map((name) => [\`/proc/\${pid}/\${name}\`, () => read(\`/proc/\${pid}/\${name}\`)]))),
  };
  export default { type: "spy", step() {
    for (const pid of pids) process.kill(pid, "SIGUSR1");
    const seen = Object.entries(places).filter(([, look]) => isIn(look())).map(([place]) => place);
    return { result: seen.join(", ") || "nothing" };
  } };`;

test("keys are in no environment of the program, and after a restart it still has them", async () => {
  await using database = await Database.make();
  const agents = join(database.folder, "agents");
  await mkdir(agents);
  await writeFile(join(agents, "spy.js"), spy);
  const env = {
    OPENAI_API_KEY: KEY,
    TROUPE_TOKEN: TOKEN,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${HEADER}`,
    TROUPE_AGENTS: agents,
  };
  const program = await Program.start({
    cwd: database.folder,
    args: ["start"],
    env,
    isGroup: true,
  });
  await using _ended = program;
  expect(program.lines.find((line) => line.startsWith("model"))).toMatch(/openai/);
  const config = { interval_ms: 50 };
  await database.processed(
    database.queue.agentCreate("spy1", "test", { agentType: "spy", config }),
  );
  const row = await database.agent("spy1", ({ iteration }) => iteration > 2);
  expect(row.result).toBe("nothing");

  const { pid } = JSON.parse(await readFile(join(database.location, "troupe.lock"), "utf8"));
  const before = program.lines.length;
  process.kill(pid, "SIGKILL");
  const lines = await until(() => {
    const later = program.lines.slice(before);
    return later.some((line) => line.startsWith("model")) && later;
  });
  expect(lines.join("\n")).toContain(`?token=${TOKEN}`);
  expect(lines.find((line) => line.startsWith("model"))).toMatch(/openai/);
  const { iteration } = await database.agent(
    "spy1",
    (later) => later.iteration > row.iteration + 2,
  );
  expect(iteration).toBeGreaterThan(row.iteration);
  expect(program.output).not.toContain("Debugger listening");
  expect(await program.end()).toBe(0);
});
