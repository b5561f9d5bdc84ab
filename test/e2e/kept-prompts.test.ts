/** `TROUPE_KEEP_PROMPTS`: unless it is on, nothing that a model was asked is in any file, whatever became of it. */

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { startLedger } from "../support/effect-ledger.ts";
import { Program, type ProgramOptions } from "../support/program.ts";
import { type FateName, startScriptedModel } from "../support/scripted-model.ts";
import { until } from "../support/until.ts";

/** Texts that nothing else has. */
const marks = {
  prompt: "canary-of-a-prompt-",
  system: "canary-of-a-system-",
  deed: "canary-deed-",
};

/** What becomes of each call: no two failures in a row, after which a model counts as down. */
const fates: readonly FateName[] = [
  "ok",
  "empty",
  "ok",
  "broken_json",
  "ok",
  "unauthorized",
  "ok",
  "server_error",
  "ok",
];

/** Of the calls, and of one with arguments that do not fit. */
const codes = [
  "ok",
  "LLM_ANSWER_INVALID",
  "ok",
  "LLM_ANSWER_INVALID",
  "ok",
  "LLM_REFUSED",
  "ok",
  "LLM_REFUSED",
  "ok",
  "LLM_ARGUMENTS_INVALID",
];

const module = `
export default {
  type: "asker",
  async step(ctx) {
    const post = (place) => fetch(ctx.config.url, {
      method: "POST",
      body: JSON.stringify({ agent: ctx.agentId, place, order: 1, kind: "${marks.deed}" }),
    });
    const codes = [];
    for (const n of [${fates.map((_, n) => n).join()}]) {
      const prompt = "${marks.prompt}" + n + " ".repeat(n * 1000);
      try {
        await ctx.llm.Ask({ prompt, system: "${marks.system}" + n });
        codes.push("ok");
      } catch (error) { codes.push(error.code); }
    }
    await ctx.llm.Ask({ prompt: { text: "${marks.prompt}" }, system: 7 }).catch((error) => codes.push(error.code));
    await ctx.once("deed", () => post("inside"), { unknown: "skip" }).catch(() => undefined);
    await ctx.once("deed2", async () => { await post("${marks.deed}"); return 1; }, { unknown: "ask" });
    await post("waits");
    return { result: codes.join(), done: true };
  },
};`;

test.each([
  { keeps: "off", found: [] },
  { keeps: "on", found: ["prompt", "system"] },
])(
  "with TROUPE_KEEP_PROMPTS=$keeps files have $found of what was asked",
  async ({ keeps, found }) => {
    let hasDied = false;
    let isWaiting = false;
    await using ledger = await startLedger(({ place }) => {
      isWaiting ||= place === "waits";
      return hasDied || place !== "waits";
    });
    await using model = await startScriptedModel({
      answer: ({ prompt }) => {
        const n = Number(/canary-of-a-prompt-(\d+)/.exec(prompt)?.[1] ?? 0);
        const kind = fates[n] ?? "ok";
        // This provider quotes what it refuses.
        const said = kind === "server_error" ? `invalid prompt "${prompt}"` : "an answer";
        return { kind, status: 400, text: said };
      },
    });
    await using database = await Database.make();
    const options = await setUp(database, { keeps, baseUrl: model.baseUrl });
    const config = { url: ledger.url };
    await database.queue.agentCreate("agent1", "test", { agentType: "asker", config });
    await using doomed = await Program.start(options);
    await until(() => isWaiting);
    await doomed.end("SIGKILL");
    hasDied = true;
    expect(await findMarks(database.location)).toEqual(found);
    await using next = await Program.start(options);
    const { result } = await database.status("agent1", "stopped");
    expect(result).toBe(codes.join());
    await next.end();
    expect(await findMarks(database.location)).toEqual(found);
  },
);

async function setUp(
  { folder }: Database,
  { keeps, baseUrl }: { readonly keeps: string; readonly baseUrl: string },
): Promise<ProgramOptions> {
  const agents = join(folder, "agents");
  await mkdir(agents);
  await writeFile(join(agents, "asker.mjs"), module);
  const env = {
    TROUPE_AGENTS: agents,
    TROUPE_LLM: "openai-generic",
    TROUPE_LLM_BASE_URL: baseUrl,
    TROUPE_LLM_MODEL: "scripted",
    TROUPE_KEEP_PROMPTS: keeps,
    TROUPE_LOG: "error",
  };
  return { cwd: folder, env };
}

/** The marks that are in any file below the folder. */
async function findMarks(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const found = new Set<string>();
  for (const { parentPath, name } of files) {
    const bytes = await readFile(join(parentPath, name));
    for (const [mark, text] of Object.entries(marks)) {
      if (bytes.includes(text)) found.add(mark);
    }
  }
  return Object.keys(marks).filter((mark) => found.has(mark));
}
