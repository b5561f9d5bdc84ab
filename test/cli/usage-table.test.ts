/** `troupe usage` where no server runs; beside one, see fleet.test.ts and e2e/usage.test.ts. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newUsage, withCalls } from "../../src/model/usage.ts";
import { agentRow } from "../support/sample-rows.ts";
import { troupe } from "./command.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await makeDatabase();
  const models = { big: { provider: "openai", model: "big-1", key: "OPENAI_API_KEY" } };
  const priced = { big: { ...models.big, price: { input: 3, output: 15 } } };
  await writeFile(join(database.cwd, "models.json"), JSON.stringify(priced));
  await spend("poet7", "poet", "big-1", 2_000_000);
  await spend("joker", "joke", "free", 5_000);
  await spend("joker2", "joke", "free", 10);
  await database.store.agents.record(agentRow({ agent_id: "thrifty" }));
});
afterAll(() => database[Symbol.asyncDispose]());

async function spend(agent_id: string, agent_type: string, model: string, input_tokens: number) {
  const calls = [{ model, input_tokens, output_tokens: 100, at: Date.now() }];
  const usage = withCalls(newUsage(1), agent_type, calls);
  const row = agentRow({ agent_id, agent_type, usage, status: "stopped", ended_at: 2 });
  await database.store.agents.record(row);
}

function cells(text: string): readonly (readonly string[])[] {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => line.trim().split(/ {2,}/));
}

test("names the agent that has spent most, and sums all of them", async () => {
  const { code, stdout, stderr } = await troupe(database, "usage");
  expect(code).toBe(0);
  expect(cells(stdout)).toEqual([
    ["agent", "in today", "out today", "cost today", "this hour", "ever"],
    ["poet7", "2,000,000", "100", "$6.00", "$6.00", "$6.00"],
    ["joker", "5,000", "100", "5,100 tokens", "5,100 tokens"],
    ["joker2", "10", "100", "110 tokens", "110 tokens"],
    ["all", "2,005,010", "300", "$6.00+", "$6.00+", "$6.00+"],
  ]);
  expect(stderr).toContain("poet7 has spent most today: $6.00\n");
});

test("groups by type and model, and sums what the limit leaves out", async () => {
  const types = cells((await troupe(database, "usage", "--by", "type", "--period", "ever")).stdout);
  expect(types.map(([name]) => name)).toEqual(["type", "poet", "joke", "all"]);
  const models = cells((await troupe(database, "usage", "--by", "model")).stdout);
  expect(models.map(([name]) => name)).toEqual(["model", "big-1", "free", "all"]);
  const limited = cells((await troupe(database, "usage", "--limit", "1")).stdout);
  expect(limited.map(([name, input]) => [name, input])).toEqual([
    ["agent", "in today"],
    ["poet7", "2,000,000"],
    ["2 others", "5,010"],
    ["all", "2,005,010"],
  ]);
});

test("prints everything as JSON, and refuses what it does not know", async () => {
  const { stdout } = await troupe(database, "usage", "-o", "json");
  const usage = JSON.parse(stdout);
  expect(usage.total.ever).toEqual({
    input_tokens: 2_005_010,
    output_tokens: 300,
    cost_usd: 6.0015,
    unpriced_tokens: 5_210,
  });
  expect(usage.types).toMatchObject([{ name: "poet" }, { name: "joke" }]);
  const wrong = await troupe(database, "usage", "--period", "week");
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain("Allowed choices are hour, day, ever");
  const shown = await troupe(database, "agent", "show", "poet7");
  expect(shown.stdout).toMatch(/^spent +\$6\.00 \(2,000,000 tokens in, 100 out\)$/m);
});
