/** What agents have spent, through the server: with the offline model, which reports its tokens. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EffectRow } from "../../../src/model/effect.ts";
import type { Period } from "../../../src/model/usage.ts";
import type { UsageItem } from "../../../src/model/usage-view.ts";
import { Control } from "../../support/control.ts";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { parseExposition } from "../exposition.ts";

let folder: TempFolder;
let control: Control;
let models: string;

const price = (input: number) => ({
  default: { provider: "offline", price: { input, output: 2 } },
});

beforeAll(async () => {
  folder = await makeTempFolder();
  models = join(folder.path, "models.json");
  await writeFile(models, JSON.stringify(price(1)));
  control = await Control.start({ folder: folder.path, flags: { models } });
  for (const agent_id of ["a", "b"]) {
    const body = { agent_id, config: { interval_ms: 20 } };
    await control.post("/api/agents", body, { prefer: "wait=30" });
  }
  await until(async () => (await usage()).agents.length === 2);
  for (const id of ["a", "b"])
    await control.post(`/api/agents/${id}/destroy`, {}, { prefer: "wait=30" });
});
afterAll(async () => {
  await control.close();
  await folder[Symbol.asyncDispose]();
});

const usage = async (query = "") => (await control.get(`/api/usage${query}`)).json;

test("sums are the same by agent, type, model and in the stored calls", async () => {
  const { total, agents, types, models: byModel, others, hour_start, day_start } = await usage();
  expect(total.ever.input_tokens).toBeGreaterThan(0);
  expect(types).toEqual([{ name: "joke", ...total }]);
  expect(byModel).toEqual([{ name: "offline", ...total }]);
  expect(others).toMatchObject({ agents: 0, ever: { input_tokens: 0, cost_usd: null } });
  const sum = (period: Period) =>
    agents.reduce((all: number, one: UsageItem) => all + one[period].input_tokens, 0);
  expect([sum("hour"), sum("day"), sum("ever")]).toEqual(
    [total.hour, total.day, total.ever].map(({ input_tokens }) => input_tokens),
  );
  const { items } = (await control.get("/api/effects?limit=1000")).json;
  const stored = items.reduce((all: number, one: EffectRow) => all + (one.input_tokens ?? 0), 0);
  expect(total.ever.input_tokens).toBe(stored);
  expect(hour_start % 3_600_000).toBe(0);
  expect(day_start).toBe(Date.parse(new Date(day_start).toISOString().slice(0, 10)));
});

test("an agent's row has what it has spent, and a list the same without the column", async () => {
  const { agents } = await usage();
  const [first] = agents;
  const whole = (await control.get(`/api/agents/${first.name}`)).json;
  expect(whole.spent).toEqual(first.ever);
  expect(whole.usage.spent).toMatchObject([{ agent_type: "joke", model: "offline" }]);
  const { items } = (await control.get("/api/agents")).json;
  const listed = items.find(({ agent_id }: { agent_id: string }) => agent_id === first.name);
  expect(listed.spent).toEqual(first.ever);
  expect(listed).not.toHaveProperty("usage");
});

test("metrics have the tokens and the money of each type and model", async () => {
  const { total } = await usage();
  const { text } = await control.get("/metrics");
  const { samples } = parseExposition(text);
  const of = (name: string) => samples.filter((sample) => sample.name === name);
  expect(of("troupe_usage_tokens_total")).toMatchObject([
    {
      labels: { type: "joke", model: "offline", direction: "input" },
      value: total.ever.input_tokens,
    },
    { labels: { direction: "output" }, value: total.ever.output_tokens },
  ]);
  expect(of("troupe_usage_cost_usd")[0]?.value).toBeCloseTo(total.ever.cost_usd, 9);
});

test("money follows the prices of today, tokens do not change", async () => {
  const before = await usage();
  const { input_tokens, output_tokens, cost_usd } = before.total.ever;
  expect(cost_usd).toBeCloseTo((input_tokens + 2 * output_tokens) / 1e6, 9);
  await writeFile(models, JSON.stringify(price(10)));
  await control.post("/api/environment/reload", {}, { prefer: "wait=30" });
  const after = await usage();
  expect(after.total.ever).toMatchObject({ input_tokens, output_tokens });
  expect(after.total.ever.cost_usd).toBeCloseTo((10 * input_tokens + 2 * output_tokens) / 1e6, 9);
  await writeFile(models, JSON.stringify({ default: { provider: "offline" } }));
  await control.post("/api/environment/reload", {}, { prefer: "wait=30" });
  const unpriced = { cost_usd: null, unpriced_tokens: input_tokens + output_tokens };
  expect((await usage()).total.ever).toMatchObject(unpriced);
});

test("the limit leaves out agents, and a wrong query is refused", async () => {
  const { agents, others } = await usage("?limit=1&period=hour");
  expect(agents).toHaveLength(1);
  expect(others.agents).toBe(1);
  const refused = await control.get("/api/usage?period=week");
  expect(refused).toMatchObject({ status: 400, json: { code: "REQUEST_INVALID" } });
  expect(refused.json.detail).toContain("period");
});
