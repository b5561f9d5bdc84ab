import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openForeign } from "../store/sample-store.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const greeter = (word: string) =>
  `export default { type: "greeter", step: () => ({ result: "${word}" }) };`;
const config = { interval_ms: 100 };

test("a broken module is named with its cause and disturbs nothing", async () => {
  await using database = await Database.make();
  const folder = join(database.folder, "my-agents");
  await cp(agents, folder, { recursive: true });
  await writeFile(join(folder, "bad.ts"), "export default {{");
  await using program = await Program.start({
    cwd: database.folder,
    env: { TROUPE_AGENTS: folder },
  });
  await program.line(/bad\.ts/);
  const made = database.queue.agentCreate("agent1", "test", { agentType: "ledger", config });
  expect(await database.processed(made)).toMatchObject({ outcome: "done", error: null });
  await database.agent("agent1", (row) => row.result?.startsWith("step 2") === true);
});

test("a start waits for no slow module, and agents of its type are back once it has loaded", async () => {
  await using database = await Database.make();
  const { queue } = database;
  const folder = join(database.folder, "my-agents");
  const gate = join(database.folder, "gate");
  await mkdir(folder);
  await writeFile(gate, "");
  const opens = `import { existsSync } from "node:fs";
    while (!existsSync(${JSON.stringify(gate)})) await new Promise((go) => setTimeout(go, 20));`;
  const slow = `${opens} export default { type: "slow", step: () => ({ result: "here" }) };`;
  await writeFile(join(folder, "slow.mjs"), slow);
  const options = { cwd: database.folder, env: { TROUPE_AGENTS: folder } };
  const first = await Program.start(options);
  await database.processed(queue.agentCreate("slow1", "test", { agentType: "slow", config }));
  await first.end("SIGTERM");
  await rm(gate);

  await using _again = await Program.start(options);
  await database.agent("slow1", (row) => row.epoch === 2 && row.status === "restarting");
  const joke = await database.processed(queue.agentCreate("joke1", "test"));
  expect(joke.outcome).toBe("done");
  const made = queue.agentCreate("slow2", "test", { agentType: "slow", config });
  await writeFile(gate, "");
  expect(await database.processed(made)).toMatchObject({ outcome: "done" });
  await database.agent("slow1", (row) => row.epoch === 2 && row.status === "running");
});

test("a reload gives later starts the new code and does not touch running agents", async () => {
  await using database = await Database.make();
  const { queue } = database;
  const folder = join(database.folder, "my-agents");
  await mkdir(folder);
  await writeFile(join(folder, "greeter.ts"), greeter("hello"));
  await using _program = await Program.start({
    cwd: database.folder,
    env: { TROUPE_AGENTS: folder },
  });
  await database.processed(queue.agentCreate("old", "test", { agentType: "greeter", config }));
  await database.agent("old", (row) => row.result === "hello");

  await writeFile(join(folder, "greeter.ts"), greeter("good day"));
  await writeFile(join(folder, "late.ts"), greeter("late").replace("greeter", "late"));
  const unknown = await database.processed(
    queue.agentCreate("late", "test", { agentType: "late" }),
  );
  expect(unknown).toMatchObject({ outcome: "rejected", error: { code: "AGENT_TYPE_UNKNOWN" } });
  expect(await database.processed(queue.environmentReload("test"))).toMatchObject({
    outcome: "done",
  });

  await database.processed(queue.agentCreate("new", "test", { agentType: "greeter", config }));
  await database.processed(queue.agentCreate("late", "test", { agentType: "late", config }));
  await database.agent("new", (row) => row.result === "good day");
  await database.agent("late", (row) => row.result === "late");
  const old = await database.agent("old", (row) => row.iteration > 0);
  await database.agent("old", (row) => row.iteration > old.iteration && row.result === "hello");
});

test("an invalid setting or module rejects the whole reload", async () => {
  await using database = await Database.make();
  const { queue } = database;
  await using _program = await Program.start({ cwd: database.folder });
  await writeFile(join(database.folder, ".env"), "TROUPE_DESTROY_TIMEOUT_MS=soon\n");
  expect(await database.processed(queue.environmentReload("test"))).toMatchObject({
    outcome: "rejected",
    error: { code: "SETTING_INVALID" },
  });
  await writeFile(join(database.folder, ".env"), "TROUPE_AGENTS=broken.ts\n");
  await writeFile(join(database.folder, "broken.ts"), "import 'nowhere';");
  expect(await database.processed(queue.environmentReload("test"))).toMatchObject({
    outcome: "rejected",
    error: { code: "AGENT_MODULE_BROKEN" },
  });
  await rm(join(database.folder, ".env"));
  expect(await database.processed(queue.environmentReload("test"))).toMatchObject({
    outcome: "done",
  });
});

test("a row of agents_config that is for no possible type is reported, and rejects no reload", async () => {
  await using database = await Database.make();
  await using program = await Program.start({ cwd: database.folder });
  const table = await openForeign(database.location, "agents_config");
  await table.add([{ name: "", restart: "permanent", updated_at: 1 }]);
  table.close();
  expect(await database.processed(database.queue.environmentReload("test"))).toMatchObject({
    outcome: "done",
  });
  await program.line(/agents_config row "": name must have 1 to 128 characters/);
});

test("an agent whose steps throw is restarted by its restart type, then given up", async () => {
  await using database = await Database.make();
  const { queue, store } = database;
  const settings = {
    restart: "permanent",
    restarts_max: 1,
    step_retries: 0,
    interval_ms: 50,
  } as const;
  await store.configs.change("broken-step", settings, Date.now());
  await using _program = await Program.start({
    cwd: database.folder,
    env: { TROUPE_AGENTS: agents },
  });
  await database.processed(queue.agentCreate("agent1", "test", { agentType: "broken-step" }));
  const row = await database.status("agent1", "error");
  expect(row).toMatchObject({ restarts: 1, generation: 2, iteration: 2 });
  expect(row.last_error).toMatchObject({ code: "AGENT_RESTARTS_EXHAUSTED" });
  expect(row.last_error?.message).toContain("no step today");
  expect(row.last_error?.stack).toMatch(/agents\/broken-step\.ts:8:/);
  expect(row.last_error?.stack).toMatch(/src\/actor\/step-runner\.ts:\d+:\d+/);
  expect(row.last_error?.stack).not.toContain("thread.cjs");
  const steps = await database.steps("agent1");
  expect(steps.map((step) => [step.iteration, step.status])).toEqual([
    [1, "error"],
    [2, "error"],
  ]);

  const paused = await database.processed(queue.agentPause("agent1", "test"));
  expect(paused).toMatchObject({ outcome: "rejected", error: { code: "AGENT_NOT_RUNNING" } });
  expect(await database.processed(queue.agentDestroy("agent1", "test"))).toMatchObject({
    outcome: "done",
  });
  await database.status("agent1", "stopped");
});
