/** The timeline of the fleet on the dashboard: by keyboard alone, in every state and size. */

import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, type OpenPage, seriousFaults } from "../support/browser.ts";
import { addressOf, isCut } from "../support/dashboard.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { STEPS, seedTimedSteps } from "../support/timed-steps.ts";
import { until } from "../support/until.ts";

const fleets = {
  empty: [],
  "one agent": ["agent-1"],
  many: Array.from({ length: 200 }, (_, n) => `agent-${n + 1}`),
} as const;
type FleetName = keyof typeof fleets;

let browser: Browser;
const databases: Database[] = [];
const programs = new Map<FleetName, Program>();
beforeAll(async () => {
  browser = await Browser.start();
  for (const [name, agents] of Object.entries(fleets)) {
    const database = await Database.make();
    databases.push(database);
    await seedTimedSteps(database.folder, agents);
    programs.set(name as FleetName, await Program.start({ cwd: database.folder }));
  }
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  for (const program of programs.values()) await program[Symbol.asyncDispose]();
  for (const database of databases) await database[Symbol.asyncDispose]();
});

async function openTimeline(
  fleet: FleetName,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const program = programs.get(fleet) as Program;
  const opened = await browser.open(await addressOf(program), { bypassCSP: true, ...options });
  const { page } = opened;
  const count = fleets[fleet].length;
  if (count > 0) await page.locator("#agent-agent-1").waitFor();
  // By keyboard, as everything here.
  await page.locator("body").press("t");
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  if (count > 0) await lanes(page).waitFor();
  return opened;
}

const lanes = (page: Page) => page.getByRole("application", { name: /^Timeline of/ });
const told = (page: Page, text: RegExp) =>
  page.locator(".lane-focus", { hasText: text }).waitFor({ state: "attached" });
const steps = (page: Page) => page.getByRole("region", { name: "Steps of agent-1", exact: true });

test("a step is found and opened by keyboard alone, and leads back to where one was", async () => {
  await using opened = await openTimeline("one agent");
  const { page, faults } = opened;
  await lanes(page).focus();
  await told(page, /^agent-1, lane 1 of 1, /);
  await steps(page)
    .getByRole("button", { name: `Open step ${STEPS} of agent-1` })
    .waitFor();
  await page.keyboard.press("ArrowLeft");
  await told(page, new RegExp(`^agent-1, step ${STEPS}, ok, .+, 500 ms$`));
  await page.keyboard.press("Home");
  await told(page, /^agent-1, step 1, ok/);
  for (let step = 2; step <= 5; step += 1) await page.keyboard.press("ArrowRight");
  await told(page, /^agent-1, step 5, error/);
  await page.keyboard.press("Enter");
  await page.locator("h2:focus", { hasText: "Step 5" }).waitFor();
  await page.locator(".opened-step", { hasText: "the service is busy" }).waitFor();
  expect(page.url()).toContain("#/agents/agent-1?step=5");
  await page.goBack();
  await lanes(page).waitFor();
  await steps(page).waitFor();
  expect(faults).toEqual([]);
});

test("the table of the lane has what the bars show", async () => {
  await using opened = await openTimeline("one agent");
  const { page } = opened;
  await lanes(page).focus();
  await steps(page).getByRole("button", { name: "Open step 1 of agent-1" }).waitFor();
  const rows = await steps(page).getByRole("row").allInnerTexts();
  const row = (step: number) => rows[STEPS - step + 1]?.replaceAll(/\s+/g, " ").trim();
  expect(rows).toHaveLength(STEPS + 1);
  expect(row(5)).toMatch(/^5 error .+ 500 ms$/);
  expect(row(9)).toMatch(/^9 aborted/);
  expect(row(12)).toMatch(/^12 ok .+ used guidance, new thread$/);
});

test("zoom, move and fold are in the address, and a colleague sees the same", async () => {
  await using opened = await openTimeline("one agent");
  const { page } = opened;
  await lanes(page).focus();
  await page.keyboard.press("+");
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("f");
  await until(() => /span=200000.*end=\d+.*idle=shown.*lane=agent-1/.test(page.url()));
  const address = page.url();
  await page.reload();
  await lanes(page).waitFor();
  await page.getByRole("button", { name: "Live" }).waitFor();
  expect(await page.getByRole("button", { name: "Live" }).getAttribute("aria-pressed")).toBe(
    "false",
  );
  expect(page.url()).toBe(address);
  await lanes(page).focus();
  await page.keyboard.press("End");
  await until(() => !page.url().includes("end="));
});

test("lanes are agents, types or statuses, of the agents that the filters select", async () => {
  await using opened = await openTimeline("many");
  const { page } = opened;
  await page.getByRole("button", { name: "Types" }).press("Enter");
  await page.getByRole("application", { name: "Timeline of 1 lane" }).waitFor();
  await page.getByRole("button", { name: "Agents", exact: true }).press("Enter");
  await page.getByRole("application", { name: "Timeline of 200 lanes" }).waitFor();
  await page.locator("body").press("/");
  await page.keyboard.type("agent-19");
  await page.getByRole("application", { name: "Timeline of 11 lanes" }).waitFor();
});

test("two hundred lanes are an overview, in which a key leads to a lane and to its steps", async () => {
  await using opened = await openTimeline("many");
  const { page, faults } = opened;
  await lanes(page).focus();
  await told(page, /lane 1 of 200/);
  await page.keyboard.press("PageDown");
  await told(page, /lane 21 of 200/);
  await page.getByRole("button", { name: `Open step ${STEPS} of agent-21` }).waitFor();
  // The first Enter leads from the overview to single steps, the second one opens.
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowLeft");
  await told(page, new RegExp(`step ${STEPS}, ok`));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `Step ${STEPS}` }).waitFor();
  expect(faults).toEqual([]);
});

const views = [
  { viewport: { width: 1_440, height: 900 }, colorScheme: "light" },
  { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  { viewport: { width: 720, height: 450 }, colorScheme: "light" },
  { viewport: { width: 2_560, height: 1_300 }, colorScheme: "dark" },
] as const;

test.each(
  (Object.keys(fleets) as FleetName[]).flatMap((fleet) =>
    views.map((view) => ({ fleet, view, width: view.viewport.width })),
  ),
)("the timeline of $fleet has no serious fault at $width px", async ({ fleet, view }) => {
  await using opened = await openTimeline(fleet, view);
  const { page } = opened;
  if (fleets[fleet].length > 0) {
    await lanes(page).focus();
    await steps(page).waitFor();
  } else {
    await page.getByRole("heading", { name: "No agents yet" }).waitFor();
  }
  expect(await seriousFaults(page)).toEqual([]);
  expect(await isCut(page)).toBe(false);
});

test("if the steps cannot be read, the page says so, and goes on once they can", async () => {
  await using opened = await openTimeline("empty");
  const { page } = opened;
  const address = await addressOf(programs.get("one agent") as Program);
  await page.route("**/api/steps**", (route) => route.abort());
  await page.goto(address);
  await page.locator("#agent-agent-1").waitFor();
  await page.locator("body").press("t");
  await page.getByRole("alert").getByText("The steps cannot be read").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.unroute("**/api/steps**");
  await page.getByRole("alert").waitFor({ state: "detached" });
  await lanes(page).focus();
  await steps(page).getByRole("button", { name: "Open step 1 of agent-1" }).waitFor();
});
