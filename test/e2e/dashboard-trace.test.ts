/** The trace of a step on the dashboard, and the resolution of an unknown effect. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPage, seriousFaults } from "../support/browser.ts";
import { isCut } from "../support/dashboard.ts";
import { DashboardStage, type View } from "../support/dashboard-stage.ts";
import { seedTracedAgent, type TracedEffects } from "../support/traced-agent.ts";
import { until } from "../support/until.ts";

let stage: DashboardStage;
let effects: TracedEffects;
beforeAll(async () => {
  stage = await DashboardStage.start({
    prepare: async ({ folder }) => {
      await seedTracedAgent(folder, "tracer");
      effects = await seedTracedAgent(folder, "held", { isHeld: true });
      await seedTracedAgent(folder, "undecided", { isHeld: true });
    },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

async function openAgent(id = "tracer", view: View = {}): Promise<OpenPage> {
  const opened = await stage.open(view);
  await opened.page.locator(`#agent-${id}`).waitFor();
  await opened.page.evaluate(`location.hash = "#/agents/${id}"`);
  await opened.page.getByRole("button", { name: "Trace of step 2" }).waitFor();
  return opened;
}

const opener = (page: Page) => page.getByRole("button", { name: "Trace of step 2" });
const trace = (page: Page) => page.getByRole("list", { name: "Effects of step 2" });

test("a step opens by keyboard into its waterfall, and only then is it loaded", async () => {
  await using opened = await openAgent();
  const { page, faults } = opened;
  const loaded: string[] = [];
  page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  await opener(page).focus();
  await page.keyboard.press("Enter");
  await trace(page).waitFor();
  expect(loaded).toContain("/api/agents/tracer/steps/2/effects");
  expect(loaded.filter((path) => /step-trace-.*\.js$/.test(path))).toHaveLength(1);
  expect(await opener(page).getAttribute("aria-expanded")).toBe("true");
  expect(await page.locator("button:focus").getAttribute("aria-label")).toBe("Trace of step 2");
  const items = await trace(page).getByRole("listitem").allInnerTexts();
  const texts = items.map((text) => text.replaceAll(/\s+/g, " "));
  expect(texts[0]).toMatch(
    /Ask model.*done.*took 2.5 s.*waited 500 ms.*2 retries.*1,200 in, 340 out.*gpt-5.2-mini/,
  );
  expect(texts[1]).toMatch(/mail once.*failed.*took 300 ms.*the mail server hung up/);
  expect(texts[2]).toMatch(/mail once.*done.*took 900 ms/);
  const shown = await trace(page).locator(".effect-bar").all();
  const bars = await Promise.all(shown.map((bar) => bar.getAttribute("style")));
  expect(bars).toEqual([
    "left: 0%; width: 62.5%;",
    "left: 65%; width: 7.5%;",
    "left: 75%; width: 22.5%;",
  ]);
  await page.keyboard.press("Enter");
  await until(async () => (await trace(page).count()) === 0);
  expect(faults).toEqual([]);
});

test("a step that did nothing outside says so", async () => {
  await using opened = await openAgent();
  await opened.page.getByRole("button", { name: "Trace of step 1" }).click();
  await opened.page.getByText("Nothing outside.").waitFor();
});

test.each([
  { width: 1_440, scheme: "light" },
  { width: 1_440, scheme: "dark" },
  { width: 390, scheme: "light" },
  { width: 390, scheme: "dark" },
] as const)("an open trace is readable at $width px, $scheme", async (view) => {
  await using opened = await openAgent("tracer", view);
  const { page } = opened;
  await opener(page).click();
  await trace(page).getByText("Result").first().click();
  await trace(page).locator("pre", { hasText: "Dear Ann" }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await isCut(page)).toBe(false);
});

test("an unknown effect is marked, and resolved with a value by keyboard", async () => {
  await using opened = await openAgent("held", { width: 390, scheme: "dark" });
  const { page, faults } = opened;
  await page.getByText("It is unknown whether refund of step 3 had its effect").waitFor();
  const unended = page.getByRole("list", { name: "Effects of step 3" });
  expect(await unended.getByRole("listitem").textContent()).toMatch(/refund.+unknown/);
  await unended.getByRole("button", { name: "Resolve…" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Resolve refund" });
  await dialog.waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await dialog.getByRole("button", { name: "Resolve", exact: true }).isDisabled()).toBe(
    true,
  );
  await dialog.getByLabel("It had its effect").focus();
  await page.keyboard.press("Space");
  await dialog.getByRole("textbox", { name: "Result" }).fill("{ id: 7 }");
  await dialog.getByRole("button", { name: "Resolve", exact: true }).click();
  await dialog.locator(".field-error").waitFor();
  await dialog.getByRole("textbox", { name: "Result" }).fill('{ "id": 7 }');
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(async () => (await page.getByRole("dialog").count()) === 0);
  const [action] = await until(async () => {
    const { items } = await stage.database.queue.actionPage({ action: "effect_resolve" });
    return items.length > 0 ? items : undefined;
  });
  expect(action).toMatchObject({
    agent_id: "held",
    actor: "dashboard",
    payload: { effect_id: effects.unknown.effect_id, outcome: "done", value: { id: 7 } },
  });
  await page.getByText("It is unknown whether").waitFor({ state: "detached" });
  expect(faults).toEqual([]);
});

test("closing the dialog leaves the effect as it is, and the focus where it was", async () => {
  await using opened = await openAgent("undecided");
  const { page } = opened;
  const button = page.locator(".notice").getByRole("button", { name: "Resolve…" });
  await button.click();
  await page.getByRole("dialog", { name: "Resolve refund" }).waitFor();
  await page.keyboard.press("Escape");
  await until(async () => (await page.getByRole("dialog").count()) === 0);
  expect(await page.locator(".notice button:focus").count()).toBe(1);
});
