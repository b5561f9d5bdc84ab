/**
 * What fifty BAML functions of a user's own cost at a start: the time until the program serves, without
 * any, with fifty that have compiled before, and with fifty that are new. The three kinds of start take
 * turns, so that the machine's noise is the same for all.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { percentile, report } from "./report.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 11);
const FUNCTIONS = 50;
const program = fileURLToPath(new URL("../dist/troupe.js", import.meta.url));

const source = Array.from(
  { length: FUNCTIONS },
  (_, n) => `
class Answer${n} {
  mood "good" | "bad"
  reasons string[]
}

function Question${n}(text: string) -> Answer${n} {
  client Default
  prompt #"
    {{ _.role("user") }}
    Question ${n} about {{ text }}
    {{ ctx.output_format }}
  "#
}
`,
).join("");

/** Milliseconds from the start of the process until it prints its address. */
async function measureStart(cwd: string): Promise<number> {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, TROUPE_PORT: "0", TROUPE_LLM: "offline", TROUPE_LOG_FORMAT: "text" };
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program, "start", "--no-heart"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    if (String(chunk).includes("Troupe serves at")) break;
  }
  const took = performance.now() - startedAt;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
  return took;
}

async function makeFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  if (Object.keys(files).length > 0) await mkdir(join(folder, "baml_src"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, "baml_src", name), text);
  }
  return folder;
}

const without = await makeFolder({});
const known = await makeFolder({ "questions.baml": source });
const fresh = await makeFolder({ "questions.baml": source });
const times = { without: [] as number[], known: [] as number[], fresh: [] as number[] };
// The first starts create the databases and the types.
for (const folder of [without, known, fresh]) await measureStart(folder);
for (let round = 0; round < ROUNDS; round += 1) {
  times.without.push(await measureStart(without));
  times.known.push(await measureStart(known));
  // Other sources have other types.
  await writeFile(join(fresh, "baml_src", "questions.baml"), `// ${round}\n${source}`);
  times.fresh.push(await measureStart(fresh));
}
for (const folder of [without, known, fresh]) await rm(folder, { recursive: true, force: true });

const [base, ofKnown, ofFresh] = [times.without, times.known, times.fresh].map((all) =>
  percentile(all, 0.5),
) as [number, number, number];
report("own-functions", [
  { what: "start without own functions, median", value: base, unit: "ms" },
  { what: "fifty that have compiled before: more", value: ofKnown - base, unit: "ms", most: 150 },
  { what: "fifty new ones: more", value: ofFresh - base, unit: "ms", most: 150 },
]);
