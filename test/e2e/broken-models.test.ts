/** A program whose BAML cannot be loaded, because its native library is missing. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const env = {
  TROUPE_AGENTS: agents,
  TROUPE_LLM: "offline",
  TROUPE_AGENT_ENV: "NAPI_RS_NATIVE_LIBRARY_PATH",
  NAPI_RS_NATIVE_LIBRARY_PATH: "/nowhere/baml.node",
};

test("a program that cannot load BAML reports it, fails calls with its code, and runs agents without models", async () => {
  await using database = await Database.make();
  await using program = await Program.start({ cwd: database.folder, env });
  const address = await program.line(/http:\S+/);
  const { origin } = new URL(/http:\S+/.exec(address)?.[0] ?? "");
  const ready = await until(async () => {
    const answer = await fetch(`${origin}/readyz`);
    const body = (await answer.json()) as { readonly models?: string };
    return body.models === undefined ? undefined : { status: answer.status, ...body };
  });
  expect(ready).toEqual({ status: 200, models: "LLM_RUNTIME_BROKEN" });
  await until(() => program.output.includes("no model can be called"));

  const config = { interval_ms: 20 };
  const { queue } = database;
  await queue.agentCreate("plain", "test", { agentType: "ledger", config });
  await queue.agentCreate("caller", "test", { agentType: "caller", config });
  const plain = await database.agent("plain", ({ iteration }) => iteration > 5);
  expect(plain).toMatchObject({ status: "running", last_error: null });
  const caller = await database.agent("caller", ({ status }) => status === "paused");
  expect(caller.last_error).toMatchObject({
    code: "AGENT_PAUSED_BY_FAILURES",
    details: { last: "LLM_RUNTIME_BROKEN" },
  });

  const args = ["doctor", "--db", database.location];
  const doctor = new Program({ cwd: database.folder, args, env });
  expect(await doctor.exited()).toBe(1);
  expect(doctor.output).toMatch(/^fail +model +LLM_RUNTIME_BROKEN: /m);

  await program.end();
  const alone = new Program({ cwd: database.folder, args, env });
  expect(await alone.exited()).toBe(1);
  expect(alone.output).toMatch(/^fail +baml +LLM_RUNTIME_BROKEN: /m);
});
