/** The inside of an agent's thread and its log on the dashboard, by keyboard and on little room. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPage, seriousFaults } from "../support/browser.ts";
import { findProfileFault } from "../support/cpu-profile.ts";
import { isCut } from "../support/dashboard.ts";
import { DashboardStage, type View } from "../support/dashboard-stage.ts";
import { HANG_LINE, writeInsideAgents } from "../support/inside-agents.ts";
import { until } from "../support/until.ts";

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ prepare: ({ folder }) => writeInsideAgents(folder) });
  const { database } = stage;
  const config = { interval_ms: 100, folder: database.folder };
  for (const [id, agentType] of [
    ["hung", "hanger"],
    ["talker", "chatty"],
  ] as const) {
    await database.processed(database.queue.agentCreate(id, "test", { agentType, config }));
  }
  await until(() => existsSync(join(database.folder, "hangs")));
});
afterAll(() => stage[Symbol.asyncDispose]());

async function openTab(id: string, tab: string, view: View = {}): Promise<OpenPage> {
  const opened = await stage.open(view);
  await opened.page.locator(`#agent-${id}`).waitFor();
  await opened.page.evaluate(`location.hash = "#/agents/${id}/${tab}"`);
  await opened.page.getByRole("tab", { selected: true }).waitFor();
  return opened;
}

const place = new RegExp(`hanger\\.ts:${HANG_LINE}:`);

/** With the keyboard alone: the focus goes to the button, and Enter presses it. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).focus();
  await page.keyboard.press("Enter");
}

test("a silent agent's notice names file and line, and leads inside", async () => {
  await using opened = await openTab("hung", "transcript");
  const { page, faults } = opened;
  const notice = page.locator(".notice", { hasText: "Not responding" });
  await notice.getByText(place).waitFor();
  await notice.getByRole("link", { name: "Look inside" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Show the stack" }).waitFor();
  expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Inside");
  expect(faults).toEqual([]);
});

test.each([
  { width: 1_440, scheme: "light" },
  { width: 390, scheme: "dark" },
  { width: 720, height: 450, scheme: "light" },
  { width: 2_560, scheme: "dark" },
] as const)("everything inside is reached by keyboard at $width px, $scheme", async (view) => {
  await using opened = await openTab("hung", "inside", view);
  const { page, faults } = opened;
  await press(page, "Show the stack");
  await page.locator(".frame").getByText(place).first().waitFor();
  await press(page, "Count the objects");
  await page.getByRole("cell", { name: "Object", exact: true }).waitFor();
  await page.getByLabel("Seconds").fill("0.3");
  await page.keyboard.press("Enter");
  const tree = page.getByRole("tree", { name: "Flame graph" });
  await tree.waitFor();
  await tree.getByRole("treeitem").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const chosen = tree.getByRole("treeitem", { selected: true });
  expect(await chosen.getAttribute("aria-level")).toBe("3");
  await page.keyboard.press("Enter");
  await until(async () => (await chosen.getAttribute("aria-level")) === "1");
  await page.keyboard.press("Escape");
  await until(async () => (await tree.getByRole("treeitem").count()) > 2);
  // Escape has not left the agent.
  expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Inside");
  await page.getByText("By function, without its calls").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await isCut(page)).toBe(false);
  expect(faults).toEqual([]);
});

test("a profile is downloaded as a file for Chrome's tools, and its seconds are checked", async () => {
  await using opened = await openTab("hung", "inside");
  const { page } = opened;
  await page.getByLabel("Seconds").fill("99");
  await page.getByText("Seconds from 0.1 to 60.").waitFor();
  await page.getByLabel("Seconds").fill("0.2");
  await page.keyboard.press("Enter");
  const link = page.getByRole("link", { name: /Download the processor profile/ });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), link.press("Enter")]);
  expect(download.suggestedFilename()).toBe("hung.cpuprofile");
  const profile = JSON.parse(await readFile(await download.path(), "utf8"));
  expect(findProfileFault(profile)).toBeUndefined();
});

test("a profile is cancelled by the same button", async () => {
  await using opened = await openTab("hung", "inside");
  const { page } = opened;
  await page.getByLabel("Seconds").fill("60");
  await press(page, "Take a profile");
  await press(page, "Cancel");
  await page.getByRole("button", { name: "Take a profile" }).waitFor();
  await page.getByLabel("Seconds").fill("0.1");
  await page.getByLabel("Kind of profile").selectOption("heap-profile");
  await until(async () => {
    await press(page, "Take a profile");
    return (await page.getByText("allocated and kept").count()) > 0;
  });
});

test.each([
  { width: 1_440, scheme: "dark" },
  { width: 390, scheme: "light" },
] as const)("log lines come live and are filtered at $width px, $scheme", async (view) => {
  await using opened = await openTab("talker", "logs", view);
  const { page, faults } = opened;
  const log = page.getByRole("log");
  await log.getByText("a warning").first().waitFor();
  const lines = log.locator(".log-line");
  const before = await lines.last().textContent();
  await until(async () => (await lines.last().textContent()) !== before);
  await page.getByLabel("Filter the log lines").fill("info console");
  await until(async () => (await log.getByText("a warning").count()) === 0);
  await log.getByText("said on the console").first().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await isCut(page)).toBe(false);
  expect(faults).toEqual([]);
});
