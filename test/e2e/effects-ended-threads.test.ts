/** Threads that are ended in the middle of an effect: what each policy makes of it, and who is told. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { heldFor } from "../support/effect-crashes.ts";
import { Program, type ProgramOptions } from "../support/program.ts";
import { until } from "../support/until.ts";

/** In the first call: how the function comes to its end. */
const endings = {
  /** Terminated after the grace of a destroy. */
  destroyed: "for (;;);",
  /** The step's deadline, and the grace after its signal. */
  late: "await new Promise(() => undefined);",
  /** The same in a loop that sees no signal. */
  busy: "for (;;);",
  /** The watchdog of memory. */
  greedy: "for (const all = [];;) all.push(Buffer.alloc(2 ** 20, 1));",
} as const;
const policies = ["retry", "skip", "ask"] as const;
const types = Object.keys(endings) as (keyof typeof endings)[];
const agents = types.flatMap((type) =>
  policies.map((policy) => ({ id: `${type}-${policy}`, type, policy })),
);

const moduleOf = (type: string, ending: string) => `
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
export default {
  type: "${type}",
  ${type === "late" || type === "busy" ? "step_timeout_ms: 2000," : ""}
  async step(ctx) {
    const book = ctx.config.folder + ctx.agentId;
    const result = await ctx.once("deed", async ({ idempotencyKey }) => {
      const isFirst = !existsSync(book);
      appendFileSync(book, idempotencyKey + "\\n");
      if (isFirst) { ${ending} }
      return "done";
    }, { unknown: ctx.config.policy });
    return { result: String(result), done: true };
  },
};`;

test("a thread that is destroyed, late, busy or greedy in the middle of an effect leaves an unknown outcome", async () => {
  await using database = await Database.make();
  const options = await setUp(database);
  const books = join(database.folder, "books/");
  await mkdir(books);
  const create = ({ id, type, policy }: (typeof agents)[number]) =>
    database.queue.agentCreate(id, "test", {
      agentType: type,
      config: { interval_ms: 10, folder: books, policy },
    });
  for (const agent of agents) await create(agent);
  await using program = await Program.start(options);

  const destroyed = agents.filter(({ type }) => type === "destroyed");
  for (const agent of destroyed) {
    await until(() => readBook(books, agent.id));
    await database.processed(database.queue.agentDestroy(agent.id, "test"));
    expect(await database.agent(agent.id, () => true)).toMatchObject({
      status: "stopped",
      exit_reason: { rung: "terminated" },
    });
    const shown = await show(options, agent.id);
    if (agent.policy !== "retry") expect(shown).toMatch(unknownOutcome);
    await create(agent);
  }

  for (const { id, type, policy } of agents) {
    if (policy === "ask") {
      const effectId = heldFor(await database.agent(id, (row) => heldFor(row) !== undefined)) ?? "";
      expect(await readBook(books, id)).toHaveLength(1);
      const shown = await show(options, id);
      expect(shown).toContain(`troupe effect resolve ${effectId}`);
      expect(shown).toMatch(unknownOutcome);
      await database.queue.effectResolve(effectId, "test", { outcome: "done", value: "resolved" });
    }
    const row = await database.agent(id, ({ status, result }) => status === "stopped" && !!result);
    const keys = (await readBook(books, id)) ?? [];
    expect([id, row.result, keys.length]).toEqual([id, ...expected[policy]]);
    expect(new Set(keys).size).toBe(1);
    if (policy !== "ask") expect([id, row.last_error?.code]).toEqual([id, causes[type]]);
    if (policy === "skip") expect(await show(options, id)).toMatch(unknownOutcome);
  }
  await program.end();
});

/** What the agents' rows say of the end. */
const causes = {
  destroyed: undefined,
  late: "STEP_TIMEOUT",
  busy: "STEP_TIMEOUT",
  greedy: "AGENT_OUT_OF_MEMORY",
} as const;

/** The step's result, and the calls of the function. */
const expected = { retry: ["done", 2], skip: ["undefined", 1], ask: ["resolved", 1] } as const;

async function setUp({ folder }: Database): Promise<ProgramOptions> {
  const modules = join(folder, "agents");
  await mkdir(modules);
  for (const [type, ending] of Object.entries(endings)) {
    await writeFile(join(modules, `${type}.mjs`), moduleOf(type, ending));
  }
  const env = {
    TROUPE_AGENTS: modules,
    TROUPE_LOG: "error",
    TROUPE_DESTROY_TIMEOUT_MS: "300",
    TROUPE_AGENT_MEMORY_MB: "64",
    TROUPE_TOKEN: "token-of-this-test-0123456789",
  };
  return { cwd: folder, env };
}

/** The keys of the function's calls; undefined before the first. */
async function readBook(folder: string, agentId: string): Promise<readonly string[] | undefined> {
  try {
    return (await readFile(folder + agentId, "utf8")).trim().split("\n");
  } catch {
    return undefined;
  }
}

async function show({ cwd, env = {} }: ProgramOptions, agentId: string): Promise<string> {
  await using cli = new Program({ cwd, env, args: ["agent", "show", agentId] });
  expect(await cli.exited(), cli.output).toBe(0);
  await cli.closed();
  return cli.output;
}

const unknownOutcome = /^unknown +effect deed of step 1; troupe effect resolve \S+/m;
