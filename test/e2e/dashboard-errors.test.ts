/** An agent with many steps: its failed steps, however many others are between or after them, and its transcript. */

import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPage, seriousFaults } from "../support/browser.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import type { Database } from "../support/database.ts";
import { agentRow, stepRow } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";

/** More than a page of failures, and then more than a page of steps that succeeded. */
const FAILED = 60;
const STEPS = 200;

/** Fails when it gets guidance, and again after more steps than the page keeps. */
const LAST_STEP = 1_010;
const flaky = `export default {
  type: "flaky",
  interval_ms: 0,
  step: ({ iteration: n }) => {
    if (n === 2 || n === ${LAST_STEP}) throw new Error("the lamp of step " + n + " is out");
    return { result: "lit", next: n === 1 || n > ${LAST_STEP} ? "guidance" : undefined };
  },
};`;

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "flaky.mjs": flaky }, prepare });
});
afterAll(() => stage[Symbol.asyncDispose]());

async function prepare({ store: { agents } }: Database): Promise<void> {
  const about = { status: "paused", paused: true } as const;
  await agents.record(agentRow({ ...about, agent_id: "calm" }));
  await agents.record(agentRow({ ...about, agent_id: "patient" }));
  for (let iteration = 1; iteration <= STEPS; iteration += 1) {
    const hasFailed = iteration <= FAILED;
    const error = { code: "AGENT_STEP_FAILED", message: `the lamp of step ${iteration} is out` };
    const row = agentRow({ ...about, agent_id: "patient", iteration });
    const status = hasFailed ? "error" : "ok";
    const step = stepRow({
      agent_id: "patient",
      iteration,
      status,
      error: hasFailed ? error : null,
    });
    void agents.record(row, step);
  }
  await agents.drain();
}

async function openErrors(agentId: string, before?: (opened: OpenPage) => Promise<void>) {
  const opened = await stage.open();
  await before?.(opened);
  const { page } = opened;
  await page.goto(new URL(`/#/agents/${agentId}/errors`, page.url()).href);
  const tab = page.getByRole("tabpanel", { name: "Errors" });
  return { ...opened, tab, failed: tab.locator(".failed-steps > li") };
}

async function hasFocus(part: Locator): Promise<void> {
  await until(() => part.evaluate((element) => element.matches(":focus")));
}

test("failed steps are read by themselves, newest first, and older ones on demand by keys", async () => {
  await using opened = await openErrors("patient");
  const { page, faults, tab, failed } = opened;
  await failed.first().waitFor();
  await until(async () => (await failed.count()) === 50);
  expect(await failed.first().textContent()).toContain(`the lamp of step ${FAILED} is out`);
  await page.getByRole("button", { name: "Load older failed steps" }).focus();
  await page.keyboard.press("Enter");
  await until(async () => (await failed.count()) === FAILED);
  expect(await failed.last().textContent()).toContain("the lamp of step 1 is out");
  await page
    .getByRole("button", { name: "Load older failed steps" })
    .waitFor({ state: "detached" });
  // Where the new ones start.
  await hasFocus(failed.nth(50));
  expect(await seriousFaults(page)).toEqual([]);

  await page.goto(new URL("/#/agents/calm/errors", page.url()).href);
  await tab.getByText("Nothing has failed.").waitFor();
  expect(faults).toEqual([]);
});

test("what cannot be read is reported, and read at another attempt by keys", async () => {
  const failing = "**/api/agents/patient/steps?*status=error*";
  const answer = { code: "STORE_UNAVAILABLE", detail: "the table cannot be read" };
  const fail = async ({ page }: OpenPage) => {
    await page.route(failing, (route) => route.fulfill({ status: 503, json: answer }));
  };
  await using opened = await openErrors("patient", fail);
  const { page, faults, tab, failed } = opened;
  await tab.getByText("The failed steps cannot be read").waitFor();
  await tab.getByText("the table cannot be read").waitFor();
  expect(await tab.getByText("Loading failed steps…").count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);
  await page.unroute(failing);
  await tab.getByRole("button", { name: "Try again" }).focus();
  await page.keyboard.press("Enter");
  await until(async () => (await failed.count()) === 50);
  expect(await tab.getByText("The failed steps cannot be read").count()).toBe(0);
  await hasFocus(tab.locator(".failed-steps"));

  await fail(opened);
  const older = tab.getByRole("button", { name: "Load older failed steps" });
  await older.focus();
  await page.keyboard.press("Enter");
  await tab.getByText("Older failed steps cannot be read").waitFor();
  await page.unroute(failing);
  await older.focus();
  await page.keyboard.press("Enter");
  await until(async () => (await failed.count()) === FAILED);
  expect(await tab.getByText("Older failed steps cannot be read").count()).toBe(0);
  expect(faults).toEqual([]);
});

test("a step that fails while the tab is open stays, however many steps come after it", async () => {
  const { database } = stage;
  const { queue } = database;
  await database.processed(queue.agentCreate("flaky1", "test", { agentType: "flaky" }));
  await database.agent("flaky1", ({ iteration }) => iteration === 1);
  await using opened = await openErrors("flaky1");
  const { faults, tab, failed } = opened;
  await tab.getByText("Nothing has failed.").waitFor();
  await queue.agentInterrupt("flaky1", "test", { guidance: { subject: "go" } });
  await failed.filter({ hasText: "the lamp of step 2 is out" }).waitFor();
  await failed.filter({ hasText: `the lamp of step ${LAST_STEP} is out` }).waitFor();
  expect(await failed.last().textContent()).toContain("the lamp of step 2 is out");
  expect(await failed.count()).toBe(2);
  expect(faults).toEqual([]);
});

test("a transcript loads one page of older steps when its reader comes to the start", async () => {
  await using opened = await stage.open();
  const { page, faults } = opened;
  let pages = 0;
  page.on("request", (request) => {
    if (/patient\/steps\?.*cursor=/.test(request.url())) pages += 1;
  });
  await page.goto(new URL("/#/agents/patient", page.url()).href);
  const shown = page.locator(".entries .step");
  await shown.last().getByText(`Step ${STEPS}`).waitFor();
  await page.locator(".agent-page").evaluate((pane) => pane.scrollTo(0, 0));
  await until(async () => (await shown.count()) >= 100);
  // Another page would be requested in the frame that shows this one.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
  expect(pages).toBe(1);
  expect(faults).toEqual([]);
});
