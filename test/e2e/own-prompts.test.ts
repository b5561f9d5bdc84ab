/** A user's own BAML functions in a running fleet: typed, changed under load, and refused when broken. */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AgentView } from "../../src/model/agent-view.ts";
import { Database } from "../support/database.ts";
import { inPages } from "../support/in-pages.ts";
import { Program } from "../support/program.ts";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import { until } from "../support/until.ts";

const AGENTS = 200;
/** Calls that the model keeps open over a reload: as many as the governor always lets through. */
const HELD = 8;
/** Milliseconds between the calls of all agents together. */
const MS_BETWEEN_CALLS = 10;

const greet = (version: string) => `function Greet(who: string) -> string {
  client Default
  prompt #"${version} greets {{ who }}"#
}
`;

const greeter = `export default {
  type: "greeter",
  step: async (ctx) => ({ result: await ctx.llm.Greet({ who: ctx.agentId }) }),
};`;

/** Ends the process of BAML's compiler, which does not limit its recursion. */
const CRASH = `client<llm> Deep {
  provider openai
  options {
    stop ${"[".repeat(5_000)}1${"]".repeat(5_000)}
  }
}
`;
/** Its parser takes twice as long for each bracket. */
const HANG = `class Deep {
  deep ${"(".repeat(40)}int${")".repeat(40)}
}
`;

/** Its key must not be in the environment of agents. */
const keyed = `client<llm> Keyed {
  provider openai
  options {
    model m
    api_key env.OWN_KEY
  }
}
`;

interface Project extends AsyncDisposable {
  readonly database: Database;
  readonly program: Program;
  /** Writes or, without a text, removes a file in the folder of own functions. */
  write(file: string, text?: string): Promise<void>;
  reload(): ReturnType<Database["processed"]>;
}

async function startProject(model: ScriptedModel, first = greet("FIRST")): Promise<Project> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await Database.make());
  const { folder } = database;
  await mkdir(join(folder, "baml_src"));
  await mkdir(join(folder, "agents"));
  const write = (file: string, text?: string) => {
    const path = join(folder, "baml_src", file);
    return text === undefined ? rm(path) : writeFile(path, text);
  };
  await write("greet.baml", first);
  await writeFile(join(folder, "agents", "greeter.mjs"), greeter);
  const env = {
    TROUPE_AGENTS: join(folder, "agents"),
    TROUPE_LLM: "openai-generic",
    TROUPE_LLM_BASE_URL: model.baseUrl,
    TROUPE_LLM_CONCURRENCY: "256",
    TROUPE_LOG: "warn",
  };
  const program = opened.use(await Program.start({ cwd: folder, env }));
  const parts = opened.move();
  return {
    database,
    program,
    write,
    reload: () => database.processed(database.queue.environmentReload("test")),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function createGreeters({ database }: Project, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, index) => `agent${index}.`);
  const interval_ms = count * MS_BETWEEN_CALLS;
  const payload = { agent_type: "greeter", config: { interval_ms } };
  const requests = ids.map((agent_id) => ({
    action: "create_agent" as const,
    actor: "test",
    payload: { agent_id, ...payload },
  }));
  await database.queue.enqueue(requests);
  await database.agents(count, (row) => row.iteration > 0);
  return ids;
}

/** The versions of the prompt that each agent's calls had, in order, without repetitions. */
class PromptVersions {
  readonly #ofAgent = new Map<string, readonly string[]>();

  add(prompt: string): void {
    const [version = "", , agentId = ""] = prompt.split(" ");
    const versions = this.of(agentId);
    if (versions.at(-1) !== version) this.#ofAgent.set(agentId, [...versions, version]);
  }

  of(agentId: string): readonly string[] {
    return this.#ofAgent.get(agentId) ?? [];
  }
}

test("a reload under 200 running agents: running calls end as they are, later ones have the new prompt, no step is lost", {
  timeout: 240_000,
}, async () => {
  let isHolding = false;
  const held: number[] = [];
  const versions = new PromptVersions();
  await using model = await startScriptedModel({
    answer: ({ index, prompt }) => {
      versions.add(prompt);
      if (!isHolding || held.length === HELD) return { kind: "ok", text: prompt };
      held.push(index);
      return { kind: "slow", text: prompt };
    },
  });
  await using project = await startProject(model);
  const { database } = project;
  const ids = await createGreeters(project, AGENTS);
  isHolding = true;
  await until(() => held.length === HELD);
  await project.write("greet.baml", greet("SECOND"));
  expect(await project.reload()).toMatchObject({ outcome: "done" });
  const inFlight = held.map((index) => model.requests[index]);
  for (const request of inFlight) request?.release();
  await Promise.all(inFlight.map((request) => request?.answered));
  await until(() => ids.every((id) => versions.of(id).at(-1) === "SECOND"));
  await database.agents(AGENTS, (row) => row.result?.startsWith("SECOND") === true);

  for (const request of inFlight) expect(request?.prompt).toMatch(/^FIRST /);
  for (const id of ids) expect(versions.of(id)).toEqual(["FIRST", "SECOND"]);
  await project.program.end("SIGTERM");
  const steps = await inPages(1_000, (page) => database.store.fleetSteps.list(page));
  expect(steps.filter(({ status }) => status !== "ok")).toEqual([]);
  const stepsOf = Map.groupBy(steps.reverse(), ({ agent_id }) => String(agent_id));
  for (const id of ids) {
    const ofAgent = stepsOf.get(id)?.map(({ iteration }) => iteration) ?? [];
    expect(ofAgent).not.toEqual([]);
    expect(ofAgent).toEqual(ofAgent.map((_, index) => index + 1));
  }
});

test("a reload with files that are broken, or end the compiler, is rejected and changes nothing", {
  timeout: 240_000,
}, async () => {
  await using model = await startScriptedModel({
    answer: ({ prompt }) => ({ kind: "ok", text: prompt }),
  });
  await using project = await startProject(model);
  await createGreeters(project, 5);
  const types = join(project.database.folder, ".troupe/llm.d.ts");
  const typed = await readFile(types, "utf8");
  expect(typed).toContain("Greet");
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["a syntax error", `\n\nfunction Other(a: strin) -> string {`, /baml_src\/other\.baml:3/],
    ["a name of Troupe", greet("x").replace("Greet", "Ask"), /baml_src\/other\.baml:1: Ask/],
    ["the compiler crashes", CRASH, /BAML's compiler crashed/],
    ["the compiler hangs", HANG, /BAML's compiler did not end within/],
  ];
  for (const [why, text, message] of refused) {
    await project.write("other.baml", text);
    await project.write("greet.baml", greet("SECOND"));
    const reload = await project.reload();
    expect(reload, why).toMatchObject({ outcome: "rejected", error: { code: "PROMPT_INVALID" } });
    expect(reload.error?.message, why).toMatch(message);
  }
  await project.write("other.baml", keyed);
  const dotenv = join(project.database.folder, ".env");
  await writeFile(dotenv, "OWN_KEY=sk-own\nTROUPE_AGENT_ENV=OWN_KEY\n");
  const exposed = "TROUPE_AGENT_ENV must not have OWN_KEY: it is a provider's key";
  const error = { code: "SETTING_INVALID", message: expect.stringContaining(exposed) };
  expect(await project.reload()).toMatchObject({ outcome: "rejected", error });
  await rm(dotenv);
  const { length } = model.requests;
  await until(() => model.requests.length >= length + 20);
  for (const { prompt } of model.requests.slice(length)) expect(prompt).toMatch(/^FIRST /);
  expect(await readFile(types, "utf8")).toBe(typed);

  await project.write("other.baml");
  expect(await project.reload()).toMatchObject({ outcome: "done", error: null });
  await project.database.agents(5, (row) => row.result?.startsWith("SECOND") === true);
});

/** Why the agent's call waits, as soon as it does. */
async function waitOf({ program }: Project, agentId: string): Promise<string> {
  const line = await program.line(/http:\S+/);
  const url = new URL(/http:\S+/.exec(line)?.[0] ?? "");
  const authorization = `Bearer ${url.searchParams.get("token") ?? ""}`;
  return await until(async () => {
    const answer = await fetch(`${url.origin}/api/agents/${agentId}`, {
      headers: { authorization },
    });
    const { live } = (await answer.json()) as AgentView;
    return live?.model_wait?.why;
  });
}

test("a start with a broken file serves, names the file, and a reload that finds it mended goes on", async () => {
  await using model = await startScriptedModel({
    answer: ({ prompt }) => ({ kind: "ok", text: prompt }),
  });
  await using project = await startProject(model, "function Greet(");
  await project.program.line(/own BAML functions left out/);
  await project.program.line(/baml_src\/greet\.baml:1: /);
  const { database } = project;
  const made = database.queue.agentCreate("agent0.", "test", { agentType: "greeter" });
  expect(await database.processed(made)).toMatchObject({ outcome: "done" });
  // Its call waits, with the reason, instead of failing again and again until the agent pauses itself.
  const why = await waitOf(project, "agent0.");
  expect(why).toMatch(/^baml_src\/greet\.baml:1: /);
  await database.processed(database.queue.agentPause("agent0.", "test"));
  const paused = await database.status("agent0.", "paused");
  expect(paused).toMatchObject({ restarts: 0, last_error: { code: "PROMPT_INVALID" } });
  expect(paused.last_error?.message).toMatch(/left out: .*greet\.baml:1/);
  await database.processed(database.queue.agentResume("agent0.", "test"));
  expect(model.requests).toEqual([]);

  await project.write("greet.baml", greet("SECOND"));
  expect(await project.reload()).toMatchObject({ outcome: "done" });
  await database.agent("agent0.", (row) => row.result === "SECOND greets agent0.");
});
