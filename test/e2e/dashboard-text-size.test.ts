/** The page in a browser whose default text is larger: all lengths follow it, and nothing is cut. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, type OpenPage } from "../support/browser.ts";
import { isCut } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";

const calm = `export default {
  type: "calm",
  interval_ms: 0,
  step: () => ({ result: "done", next: "guidance" }),
};`;

const AGENTS = 40;

let stage: DashboardStage;
let large: Browser;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "calm.mjs": calm } });
  const { queue, processed } = stage.database;
  const ids = Array.from({ length: AGENTS }, (_, index) => `calm${index + 1}`);
  const created = ids.map((id) => queue.agentCreate(id, "test", { agentType: "calm" }));
  await Promise.all(created.map((id) => processed.call(stage.database, id)));
  large = await Browser.start("--blink-settings=defaultFontSize=32");
});
afterAll(async () => {
  await large[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

async function openLarge(width: number, hash = "#/"): Promise<OpenPage> {
  const address = new URL(hash, await stage.address()).href;
  return await large.open(address, { viewport: { width, height: 900 } });
}

/** Pixels of a part that are not hidden by the cell around it. */
function shownWidth(page: Page, part: string, cell: string): Promise<number> {
  return page.evaluate(`(() => {
    const part = document.querySelector(${JSON.stringify(part)}).getBoundingClientRect();
    const cell = document.querySelector(${JSON.stringify(cell)}).getBoundingClientRect();
    return (Math.min(part.right, cell.right, innerWidth) - Math.max(part.left, cell.left, 0)) / part.width;
  })()`);
}

test("text and rows of the list have twice the size, and no status is cut", async () => {
  await using opened = await openLarge(1_440);
  const { page, faults } = opened;
  const row = page.locator("#agent-calm1");
  await row.waitFor();
  const size = (part: string): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector("${part}")).fontSize`);
  expect(await size("#agent-calm1 a")).toBe("26px");
  expect(await size(".header .pages a")).toBe("26px");
  expect(await shownWidth(page, "#agent-calm1 .mark-text", "#agent-calm1 .col-status")).toBe(1);
  expect(await isCut(page)).toBe(false);
  // Rows that are not drawn have the height of those that are.
  const height = (await row.boundingBox())?.height ?? 0;
  const scrolled: number = await page.evaluate(
    `document.querySelector("table.agents tbody").getBoundingClientRect().height`,
  );
  expect(scrolled).toBeCloseTo(AGENTS * height, 0);
  expect(faults).toEqual([]);
});

test("on a phone the list and its header keep what they are about", async () => {
  await using opened = await openLarge(390);
  const { page } = opened;
  await page.locator("#agent-calm1").waitFor();
  expect(await isCut(page)).toBe(false);
  expect(await shownWidth(page, "#agent-calm1 .col-id a", "#agent-calm1 .col-id")).toBe(1);
  await page.locator(".header").getByRole("button", { name: "Create" }).click();
  await page.getByRole("dialog").getByLabel("Subject").fill("tea");
  expect(await isCut(page)).toBe(false);
});

test("a click on a lane of the timeline opens the lane that is painted there", async () => {
  const search = "#/timeline?q=calm40";
  await using opened = await openLarge(1_440, search);
  const { page } = opened;
  const canvas = page.locator(".main-timeline canvas").first();
  await canvas.waitFor();
  await page.getByText("1 lane", { exact: true }).waitFor();
  const colour = (y: number): Promise<number> =>
    page.evaluate(`(() => {
      const canvas = document.querySelector(".main-timeline canvas");
      const data = canvas.getContext("2d").getImageData(10, ${y}, 150, 30).data;
      return new Set(Array.from({ length: data.length / 4 }, (_, at) => data[at * 4])).size;
    })()`);
  // The name is below an axis of 56 pixels.
  await expect.poll(() => colour(64)).toBeGreaterThan(3);
  await canvas.click({ position: { x: 40, y: 80 } });
  await page.locator(".agent-head h1", { hasText: "calm40" }).waitFor();
});
