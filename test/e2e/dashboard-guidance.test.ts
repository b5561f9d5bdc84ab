/** Guidance by the schema of an agent's type, written by keys: on the agent's page, and for several agents. */

import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFaults } from "../support/browser.ts";
import { isCut, receipt, statusOnPage } from "../support/dashboard.ts";
import { DashboardStage, type View } from "../support/dashboard-stage.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ env: { TROUPE_AGENTS: agents } });
  const { database } = stage;
  const config = { interval_ms: 3_600_000 };
  const create = (agentId: string, agentType: string) =>
    database.processed(database.queue.agentCreate(agentId, "test", { agentType, config }));
  await Promise.all([create("counter1", "counter"), create("ledger1", "ledger")]);
});
afterAll(() => stage[Symbol.asyncDispose]());

const open = async (hash: string, view: View = {}) => {
  const opened = await stage.open(view);
  await opened.page.goto(new URL(`/#/${hash}`, opened.page.url()).href);
  return opened;
};
/** In the page, which shows no hint for agents of several types. */
const haveTypesArrived =
  "performance.getEntriesByType('resource').some(({ name }) => name.includes('/api/types'))";
const errorOn = async (page: Page, text: string) => {
  await page.locator(".field-error", { hasText: text }).waitFor();
};
const countOf = async (count: number) => {
  await stage.database.agent("counter1", ({ context }) => JSON.parse(context).count === count);
};

test.each([
  { width: 1_440, height: 900 },
  { width: 390, height: 844 },
])(
  "an agent's page names the fields, and what is wrong, before it sends: $width x $height",
  async (view) => {
    await using opened = await open("agents/counter1", view);
    const { page, faults } = opened;
    const { keyboard } = page;
    const field = page.locator("#composer");
    await field.waitFor();
    await keyboard.press("i");
    await page.locator("#composer:focus").waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "JSON", pressed: true }).waitFor();
    await until(async () => (await field.getAttribute("placeholder")) === '{ "count": 1 }');
    const note = page.locator(".composer-note");
    expect(await note.textContent()).toBe("An object: count (number, required)");
    expect(await note.isVisible()).toBe(true);
    expect(await isCut(page)).toBe(false);
    await keyboard.press("Shift+Tab");
    await keyboard.press("Shift+Tab");
    await keyboard.type('{ "count": "ten" }');
    await keyboard.press("Control+Enter");
    await errorOn(page, 'guidance.count must be a number, got "ten"');
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await keyboard.press("Control+a");
    await keyboard.type("{}");
    await keyboard.press("Control+Enter");
    await errorOn(page, "guidance.count is missing, expected a number");
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.locator(".receipt").count()).toBe(0);
    await keyboard.press("Control+a");
    await keyboard.type(`{ "count": ${view.width} }`);
    await keyboard.press("Control+Enter");
    await receipt(page, "Interrupted counter1");
    await countOf(view.width);
    expect(faults).toEqual([]);
  },
);

test("what only the type's own check refuses fails a step, with its reason", async () => {
  await using opened = await open("agents/counter1");
  const { page, faults } = opened;
  const { keyboard } = page;
  await page.locator("#composer").waitFor();
  await keyboard.press("i");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.locator("#composer").focus();
  await keyboard.type('{ "count": -1 }');
  await keyboard.press("Control+Enter");
  const failed = page.locator(".step[data-status=error]");
  await failed.getByText("count must not be negative").first().waitFor();
  expect(faults).toEqual([]);
});

test("guidance for several agents is checked for each of their types", async () => {
  await using opened = await open("agents");
  const { page, faults } = opened;
  const { keyboard } = page;
  for (const id of ["counter1", "ledger1"]) await page.locator(`#agent-${id}`).waitFor();
  for (const id of ["counter1", "ledger1"]) {
    await keyboard.press("j");
    await page.locator(`#agent-${id}.active`).waitFor();
    await keyboard.press("x");
  }
  await page.getByText("2 agents selected").waitFor();
  await keyboard.press("i");
  await until(() => page.evaluate<boolean>(haveTypesArrived));
  const dialog = page.getByRole("dialog", { name: "Interrupt 2 agents" });
  await dialog.getByRole("button", { name: "JSON" }).focus();
  await keyboard.press("Enter");
  await dialog.getByLabel("Guidance", { exact: true }).focus();
  await keyboard.type('{ "n": 1 }');
  const send = dialog.getByRole("button", { name: "Interrupt" });
  await send.focus();
  await keyboard.press("Enter");
  await errorOn(page, "type counter: guidance.count is missing, expected a number");
  expect(await seriousFaults(page)).toEqual([]);
  await dialog.getByLabel("Guidance", { exact: true }).focus();
  await keyboard.press("Control+a");
  await keyboard.type('{ "n": 1, "count": 5 }');
  await send.focus();
  await keyboard.press("Enter");
  await receipt(page, "Interrupted 2 agents");
  await countOf(5);
  expect(faults).toEqual([]);
});

test("guidance whose answer is lost is given once, even if it is sent again by hand", async () => {
  const { database } = stage;
  await database.processed(database.queue.agentCreate("ledger2", "test", { agentType: "ledger" }));
  await using opened = await open("agents/ledger2");
  const { page } = opened;
  await statusOnPage(page, "running");
  let isCut = true;
  await page.clock.install();
  await page.route("**/api/actions", async (route) => {
    if (route.request().method() !== "POST" || !isCut) return route.continue();
    await route.fetch();
    await route.abort();
  });
  const field = page.locator("#composer");
  const send = page.getByRole("button", { name: "Send" });
  await field.fill("tea");
  await send.click();
  await until(async () => {
    await page.clock.fastForward(5_000);
    return (await field.inputValue()) === "tea";
  });
  await page.locator(".receipt", { hasText: "not answered" }).waitFor();
  isCut = false;
  const interrupts = async () => {
    const asked = "fetch('/api/actions?agent_id=ledger2&action=agent_interrupt')";
    return await page.evaluate<number>(
      `${asked}.then((answer) => answer.json()).then(({ items }) => items.length)`,
    );
  };
  await send.click();
  await until(async () => {
    await page.clock.runFor(1_000);
    return await page.locator('.receipt[data-state="confirmed"]').isVisible();
  });
  expect(await interrupts()).toBe(1);
  // One request has one receipt: that of its last sending.
  expect(await page.locator(".receipt").count()).toBe(1);
  // It was answered: the same subject is new guidance.
  await field.fill("tea");
  await send.click();
  await until(async () => (await interrupts()) === 2);
});

test("two readers see one truth, and what one typed outlives the agent that the other destroys", async () => {
  const { database } = stage;
  await database.processed(database.queue.agentCreate("shared1", "test", { agentType: "ledger" }));
  await using first = await stage.openAgent("shared1");
  await using second = await stage.openAgent("shared1");
  const both = [first.page, second.page];
  await first.page.getByRole("button", { name: "Pause" }).click();
  for (const page of both) await statusOnPage(page, "paused");
  await second.page.getByRole("button", { name: "Resume" }).click();
  for (const page of both) await statusOnPage(page, "running");
  const field = second.page.locator("#composer");
  await field.focus();
  await second.page.keyboard.type("half a thou");
  await database.processed(database.queue.agentDestroy("shared1", "test"));
  await second.page.getByText("It has ended").waitFor();
  await second.page
    .getByLabel("Guidance that was not sent")
    .and(second.page.locator(":focus"))
    .waitFor();
  // Typed on before the reader notices: neither text nor a command, as D would be.
  await second.page.keyboard.type("ght, dc");
  expect(await second.page.getByRole("dialog").count()).toBe(0);
  expect(await field.inputValue()).toBe("half a thou");
  expect(await seriousFaults(second.page)).toEqual([]);
  await second.page.getByRole("button", { name: "Start again" }).click();
  await statusOnPage(second.page, "running");
  await second.page.getByLabel("New subject").waitFor();
  expect(await field.inputValue()).toBe("half a thou");
  expect(await field.isEditable()).toBe(true);
  await first.page.getByText("It has ended").waitFor({ state: "hidden" });
  expect([...first.faults, ...second.faults]).toEqual([]);
});
