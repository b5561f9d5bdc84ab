/** The Errors tab of an agent's page: all failed steps, however many others are between them. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, seriousFaults } from "../support/browser.ts";
import { addressOf } from "../support/dashboard.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { agentRow, stepRow } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";

/** More than a page of failures, and then more than a page of steps that succeeded. */
const FAILED = 60;
const STEPS = 200;

let browser: Browser;
let database: Database;
let program: Program;
beforeAll(async () => {
  browser = await Browser.start();
  database = await Database.make();
  const about = { status: "paused", paused: true } as const;
  const { agents } = database.store;
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
  program = await Program.start({ cwd: database.folder });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test("failed steps are read by themselves, newest first, and older ones on demand by keys", async () => {
  await using opened = await browser.open(await addressOf(program), { bypassCSP: true });
  const { page, faults } = opened;
  await page.goto(new URL("/#/agents/patient/errors", page.url()).href);
  const tab = page.getByRole("tabpanel", { name: "Errors" });
  const failed = tab.locator(".failed-steps > li");
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
  expect(await seriousFaults(page)).toEqual([]);

  await page.goto(new URL("/#/agents/calm/errors", page.url()).href);
  await tab.getByText("Nothing has failed.").waitFor();
  expect(faults).toEqual([]);
});
