/** The page in colours that the reader has forced, and on paper. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFaults } from "../support/browser.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";

const many = `export default {
  type: "many",
  interval_ms: 0,
  step: ({ iteration }) => ({
    result: "a result of several words, number " + iteration,
    next: iteration < 60 ? undefined : "guidance",
  }),
};`;

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "many.mjs": many } });
  const { database } = stage;
  await database.processed(database.queue.agentCreate("many1", "test", { agentType: "many" }));
  await database.agent("many1", ({ iteration }) => iteration === 60);
});
afterAll(() => stage[Symbol.asyncDispose]());

async function go(page: Page, hash: string): Promise<void> {
  await page.goto(new URL(hash, page.url()).href);
}

/** The colours of the picture. */
const countColours = `(() => {
  const canvas = document.querySelector(".main-timeline canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4) found.add(data.slice(at, at + 3).join());
  return found.size;
})()`;

test.for(["light", "dark"] as const)("forced colours, %s, show what is chosen", async (scheme) => {
  await using opened = await stage.open({ scheme, forcedColors: "active" });
  const { page, faults } = opened;
  await go(page, "/#/agents/many1");
  await page.locator(".entries .step").last().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  const lookOf = (choice: string): Promise<string> =>
    page.evaluate(
      `getComputedStyle(document.querySelector("[role=tab][aria-selected=${choice}]")).backgroundColor`,
    );
  expect(await lookOf("true")).not.toBe(await lookOf("false"));

  await go(page, "/#/timeline");
  const canvas = page.locator(".main-timeline canvas").first();
  await canvas.waitFor();
  const colours: number = await page.evaluate(countColours);
  expect(colours).toBeGreaterThan(3);
  expect(faults).toEqual([]);
});

test("paper has the whole of a page, and nothing to press", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  await go(page, "/#/agents/many1");
  const steps = page.locator(".entries .step");
  await steps.last().waitFor();
  await page.emulateMedia({ media: "print" });
  await page.locator(".list-pane").waitFor({ state: "hidden" });
  const height: number = await page.evaluate("document.documentElement.scrollHeight");
  const bottom: number = await page.evaluate(
    `[...document.querySelectorAll(".entries .step")].at(-1).getBoundingClientRect().bottom + scrollY`,
  );
  expect(height).toBeGreaterThan(1_500);
  expect(bottom).toBeLessThanOrEqual(height);
  expect(await page.locator("button.button:visible, textarea:visible").count()).toBe(0);
});
