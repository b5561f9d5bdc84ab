/** The palette of commands and the named views, with the keyboard alone. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenPage, seriousFaults } from "../support/browser.ts";
import { receipt, statusOnPage } from "../support/dashboard.ts";
import { DashboardStage, type View } from "../support/dashboard-stage.ts";

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start();
  await stage.database.queue.enqueue(
    ["tea-1", "tea-2", "cake-1"].map((agentId) => ({
      action: "create_agent",
      actor: "test",
      agentId,
      payload: { initial_subject: "tea", config: { interval_ms: 200 } },
    })),
  );
  await stage.database.agents(3, (row) => row.iteration > 0);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** With its content policy, except for axe. */
async function openList(view: View = {}): Promise<OpenPage> {
  const opened = await stage.open({ bypassCSP: false, ...view });
  await opened.page.locator("#agent-tea-2").waitFor();
  return opened;
}

/** Keeps the palette's code back until the returned function is called. */
async function holdPalette(page: Page): Promise<() => void> {
  const mayLoad = Promise.withResolvers<void>();
  await page.route(/palette-[^/]*\.js/, async (route) => {
    await mayLoad.promise;
    await route.continue();
  });
  return mayLoad.resolve;
}

async function command(page: Page, text: string, key = ":"): Promise<void> {
  await page.keyboard.press(key);
  await page.getByRole("combobox", { name: "Command" }).waitFor();
  await page.keyboard.type(text);
}

const listedIds = (page: Page) =>
  page.locator("[id^='agent-']").evaluateAll((rows) => rows.map(({ id }) => id.slice(6)));

describe("the palette", () => {
  it("steers those that a command chooses, and says how many they are", async () => {
    await using opened = await openList();
    const { page } = opened;
    await command(page, "pause q=tea-", "Control+k");
    await page.getByRole("option", { name: "Pause 2 agents" }).waitFor();
    await page.keyboard.press("Enter");
    await receipt(page, "Paused 2 agents");
    await command(page, "resume all");
    await page.keyboard.press("Enter");
    await receipt(page, "Resumed 3 agents");
    expect(opened.faults).toEqual([]);
  });

  it("has in its field what was typed while its code was loaded", async () => {
    await using opened = await openList();
    const { page } = opened;
    const load = await holdPalette(page);
    await page.locator("#agent-tea-2 input[type=checkbox]").focus();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("pausee q=tea-2");
    for (let n = 0; n < 9; n += 1) await page.keyboard.press("Backspace");
    await page.keyboard.type(" q=tea-1");
    load();
    const field = page.getByRole("combobox", { name: "Command" });
    await field.waitFor();
    expect(await field.inputValue()).toBe("pause q=tea-1");
    await page.keyboard.press("End");
    await page.keyboard.type("x");
    expect(await field.inputValue()).toBe("pause q=tea-1x");
    expect(await page.locator("#agent-tea-2 input[type=checkbox]").isChecked()).toBe(false);
    expect(opened.faults).toEqual([]);
  });

  it("runs what was typed and entered while its code was loaded, once", async () => {
    await using opened = await openList();
    const { page } = opened;
    const load = await holdPalette(page);
    await page.keyboard.press(":");
    await page.keyboard.type("queue");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    load();
    await page.getByRole("heading", { name: "Queue" }).waitFor();
    await page.getByRole("combobox", { name: "Command" }).waitFor({ state: "detached" });
    expect(opened.faults).toEqual([]);
  });

  it("finds an agent by a part of its id, acts on it, and asks before it destroys", async () => {
    await using opened = await openList();
    const { page } = opened;
    await command(page, "ke-1");
    await page.keyboard.press("Enter");
    await page.locator(".agent-head h1", { hasText: "cake-1" }).waitFor();
    await command(page, "pau");
    await page.getByRole("option", { name: "Pause cake-1" }).waitFor();
    await page.keyboard.press("Enter");
    await statusOnPage(page, "paused");
    await command(page, "destroy cake-1");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: /Destroy/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await command(page, "resume");
    await page.keyboard.press("Enter");
    await statusOnPage(page, "running");
    expect(opened.faults).toEqual([]);
  });

  it("completes with Tab, moves with the arrows, and keeps what it cannot do", async () => {
    await using opened = await openList();
    const { page } = opened;
    await command(page, "pause te");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    const field = page.getByRole("combobox", { name: "Command" });
    expect(await field.inputValue()).toBe("pause tea-2");
    await field.fill("pause tea-7");
    await page.getByRole("status").filter({ hasText: "no agent tea-7" }).waitFor();
    await page.keyboard.press("Enter");
    expect(await field.inputValue()).toBe("pause tea-7");
    await page.keyboard.press("Escape");
    await field.waitFor({ state: "detached" });
    expect(opened.faults).toEqual([]);
  });

  it("opens the form of a type with what was typed", async () => {
    await using opened = await openList();
    const { page } = opened;
    await command(page, 'create joke id=tea-9 subject="black tea"');
    await page.keyboard.press("Enter");
    expect(await page.getByLabel("Id", { exact: true }).inputValue()).toBe("tea-9");
    expect(await page.getByLabel("Subject").inputValue()).toBe("black tea");
    expect(opened.faults).toEqual([]);
  });
});

describe("a view", () => {
  it("is saved by its name, chosen again after a reload, and forgotten", async () => {
    await using opened = await openList();
    const { page } = opened;
    await command(page, "q=tea- sort=updated");
    await page.keyboard.press("Enter");
    await expect.poll(() => listedIds(page)).not.toContain("cake-1");
    await command(page, "save Only tea");
    await page.keyboard.press("Enter");
    const choice = page.getByLabel("View", { exact: true });
    await expect.poll(() => choice.inputValue()).toBe("Only tea");
    await choice.selectOption("All agents");
    await expect.poll(() => listedIds(page)).toContain("cake-1");
    await page.reload();
    await page.locator("#agent-tea-2").waitFor();
    await choice.selectOption("Only tea");
    await expect.poll(() => listedIds(page)).not.toContain("cake-1");
    expect(new URL(page.url()).hash).toBe("#/?q=tea-&sort=updated");
    await command(page, "forget only tea");
    await page.keyboard.press("Enter");
    await expect.poll(() => choice.inputValue()).toBe("");
    expect(opened.faults).toEqual([]);
  });
});

it.each([
  { name: "a telephone", viewport: { width: 390, height: 844 }, colorScheme: "light" as const },
  { name: "a zoomed window", viewport: { width: 720, height: 450 }, colorScheme: "dark" as const },
  { name: "a wide one", viewport: { width: 2_560, height: 1_440 }, colorScheme: "dark" as const },
])("has no serious faults of accessibility on $name", async ({ viewport, colorScheme }) => {
  await using opened = await openList({ viewport, colorScheme, bypassCSP: true });
  const { page } = opened;
  await command(page, "", "Control+k");
  expect(await seriousFaults(page)).toEqual([]);
  const box = await page.getByRole("dialog").boundingBox();
  expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(viewport.width);
  await page.keyboard.type("nonsense");
  expect(await seriousFaults(page)).toEqual([]);
});
