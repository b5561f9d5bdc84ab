/** What agents have spent on the dashboard: the head of the page, the columns of the list, an agent. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newUsage, withCalls } from "../../src/model/usage.ts";
import { Browser, type OpenPage, seriousFaults } from "../support/browser.ts";
import { addressOf, create } from "../support/dashboard.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { agentRow } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";

let browser: Browser;
let database: Database;
let program: Program;
beforeAll(async () => {
  browser = await Browser.start();
  database = await Database.make();
  const models = {
    default: { provider: "offline" },
    jokes: { provider: "offline", price: { input: 1_000, output: 1_000 } },
    big: { provider: "openai-generic", model: "big-1", base_url: "http://127.0.0.1:9/v1" },
  };
  const price = { input: 3, output: 15 };
  const priced = { ...models, big: { ...models.big, price } };
  await writeFile(join(database.folder, "models.json"), JSON.stringify(priced));
  await spend("poet", "big-1", 400_000);
  await spend("scholar", "big-1", 1_200_000);
  await spend("free-spirit", "free", 9_000_000);
  await database.store.agents.record(
    agentRow({ agent_id: "thrifty", status: "paused", paused: true }),
  );
  program = await Program.start({ cwd: database.folder });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function spend(agent_id: string, model: string, input_tokens: number): Promise<void> {
  const calls = [{ model, input_tokens, output_tokens: 1_000, at: Date.now() }];
  const usage = withCalls(newUsage(1), "joke", calls);
  const row = agentRow({ agent_id, usage, status: "paused", paused: true, iteration: 7 });
  await database.store.agents.record(row);
}

interface View {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "dark" | "light";
}

async function open({
  width = 1_600,
  height = 900,
  scheme = "light",
}: View = {}): Promise<OpenPage> {
  const opened = await browser.open(await addressOf(program), {
    bypassCSP: true,
    viewport: { width, height },
    colorScheme: scheme,
  });
  await opened.page.locator("#agent-poet").waitFor();
  return opened;
}

const head = (page: Page) => page.locator(".figure-usage");
const idsOf = async (page: Page) =>
  (await page.locator(".agent-row td.col-id a").allInnerTexts()).filter((id) => id !== "joker");
const cell = async (page: Page, id: string, column: string) =>
  (await page.locator(`#agent-${id} td.col-${column}`).textContent()) ?? "";

test("the head names what was spent today, in this hour, and by whom most", async () => {
  await using opened = await open();
  const { page, faults } = opened;
  await page.locator(".figure-top").waitFor();
  const text = await head(page).textContent();
  // 1.6 million tokens at 3 dollars, 2,000 at 15; the free ones have no price.
  expect(text).toMatch(
    /^Spent today\$4\.83\+(\$4\.83\+|0 tokens) this hour, most: scholar \$3\.62$/,
  );
  await head(page).getByRole("link", { name: "scholar" }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".agent-head", { hasText: "scholar" }).waitFor();
  await page.getByRole("tab", { name: "Details" }).focus();
  await page.keyboard.press("Enter");
  const fact = page.locator("dl.facts > div", { hasText: "Spent on models" });
  expect(await fact.locator("dd").textContent()).toBe("$3.62, 1,200,000 tokens in, 1,000 out");
  expect(faults).toEqual([]);
});

test("the list has tokens and cost, and sorts by both with the keyboard alone", async () => {
  await using opened = await open();
  const { page, faults } = opened;
  expect(await cell(page, "scholar", "tokens")).toBe("1.2M");
  expect(await cell(page, "scholar", "cost")).toBe("$3.62");
  expect(await cell(page, "free-spirit", "cost")).toBe("");
  expect(await cell(page, "thrifty", "tokens")).toBe("0");
  const sort = async (name: string) => {
    await page.getByRole("columnheader", { name }).getByRole("button").focus();
    await page.keyboard.press("Enter");
  };
  await sort("Cost");
  await until(async () => (await idsOf(page))[0] === "scholar");
  expect((await idsOf(page)).slice(0, 2)).toEqual(["scholar", "poet"]);
  await sort("Tokens");
  await until(async () => (await idsOf(page))[0] === "free-spirit");
  expect(await idsOf(page)).toEqual(["free-spirit", "scholar", "poet", "thrifty"]);
  await sort("Tokens");
  await until(async () => (await idsOf(page))[0] === "thrifty");
  await until(() => page.url().includes("sort=tokens"));
  expect(faults).toEqual([]);
});

test("a running agent's tokens and cost grow on the page", async () => {
  await using opened = await open();
  const { page } = opened;
  await create(page, "joker", "tea");
  await page.locator("#agent-joker").waitFor();
  const first = await until(async () => (await cell(page, "joker", "tokens")) || undefined);
  await until(async () => (await cell(page, "joker", "tokens")) !== first);
  expect(await cell(page, "joker", "cost")).toMatch(/^\$\d/);
});

const views: readonly (readonly [string, View])[] = [
  ["1,600 px, light", {}],
  ["1,600 px, dark", { scheme: "dark" }],
  ["2,560 px", { width: 2_560, height: 1_200 }],
  ["390 px", { width: 390, height: 800 }],
  ["a zoom of 200 %", { width: 720, height: 450 }],
];

test.each(views)(
  "nothing serious is found by axe, and nothing overflows: %s",
  async (_name, view) => {
    await using opened = await open(view);
    const { page } = opened;
    if ((view.height ?? 900) > 700) await page.locator(".figure-top").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    const isCut = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    expect(await page.evaluate(isCut)).toBe(false);
  },
);
