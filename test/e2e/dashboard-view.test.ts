/** The dashboard by keys, on little room, and while everything on it changes. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPage, seriousFaults } from "../support/browser.ts";
import { receipt } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { until } from "../support/until.ts";

/** Some results are long, and the second step fails. */
const mixed = `export default {
  type: "mixed",
  step: ({ iteration }) => {
    if (iteration === 2) throw new Error("the lamp is out");
    return { result: "verse " + iteration + (iteration % 2 ? " long".repeat(2_000) : "") };
  },
};`;
const broken = `export default {
  type: "broken",
  step() { throw new Error("the lamp is broken"); },
};`;
const AGENTS = 25;

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "mixed.mjs": mixed, "broken.mjs": broken } });
  await stage.database.queue.enqueue(
    Array.from({ length: AGENTS }, (_, n) => ({
      action: "create_agent",
      actor: "test",
      agentId: `agent${n}`,
      payload: { agent_type: "mixed", config: { interval_ms: 1_000 } },
    })),
  );
  await stage.database.agents(AGENTS, (row) => row.iteration > 0);
});
afterAll(() => stage[Symbol.asyncDispose]());

async function openList(): Promise<OpenPage> {
  const opened = await stage.open();
  await opened.page.locator("#agent-agent0").waitFor();
  return opened;
}

test("keys act on the agent of its page, and on none at the queue, for any selection", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  const { keyboard } = page;
  for (const key of ["j", "x", "j", "x"]) await keyboard.press(key);
  await page.getByText("2 agents selected").waitFor();
  await page.locator("#agent-agent3 a").click();
  await page.getByRole("heading", { name: "agent3" }).waitFor();
  await keyboard.press("p");
  await receipt(page, "Paused agent3");
  await keyboard.press("r");
  await receipt(page, "Resumed agent3");
  expect(await page.locator(".receipt", { hasText: "2 agents" }).count()).toBe(0);

  await keyboard.press("q");
  await page.getByRole("heading", { name: "Queue" }).waitFor();
  for (const key of ["p", "d", "i", "j", "Enter"]) await keyboard.press(key);
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(page.url()).toContain("#/queue");
  await page.getByRole("searchbox").fill("agent_pause agent3");
  await until(async () => (await page.locator(".action-name").count()) === 1);
  expect(faults).toEqual([]);
});

test("a key acts on no agent that is out of sight, and shows it first", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  await page.setViewportSize({ width: 1_440, height: 720 });
  await page.keyboard.press("j");
  await page.locator("#agent-agent0.active").waitFor();
  await page.locator(".table-scroll").evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await page.locator("#agent-agent24").waitFor();
  const grid = page.getByRole("grid", { name: "Agents" });
  const named = () => grid.getAttribute("aria-activedescendant");
  // A reader is sent to no row that is not in the document.
  await until(async () => (await page.locator("#agent-agent0").count()) === 0);
  expect(await named()).toBeNull();
  await page.keyboard.press("p");
  await until(() => isInSight(page, "#agent-agent0"));
  expect(await named()).toBe("agent-agent0");
  expect(await page.locator(".receipt").count()).toBe(0);
  await page.keyboard.press("p");
  await receipt(page, "Paused agent0");
  await page.keyboard.press("r");
  await receipt(page, "Resumed agent0");
  expect(faults).toEqual([]);
});

test("the line that keys mark is in sight as a whole", async () => {
  await using opened = await openList();
  const { page } = opened;
  await page.setViewportSize({ width: 1_440, height: 720 });
  /** Pixels of the marked line that are below the list or behind its head. */
  const hidden = (id: string) =>
    page.locator(`#agent-${id}.active`).evaluate((row) => {
      const list = row.closest(".table-scroll")?.getBoundingClientRect().bottom ?? 0;
      const head = row.closest("table")?.tHead?.getBoundingClientRect().bottom ?? 0;
      const { top, bottom } = row.getBoundingClientRect();
      return Math.max(bottom - list, head - top);
    });
  const down = Array.from({ length: AGENTS }, (_, n) => ["j", `agent${n}`] as const);
  const up = down.slice(0, -1).map(([, id]) => ["k", id] as const);
  for (const [key, id] of [...down, ...up.toReversed()]) {
    await page.keyboard.press(key);
    // Less than a pixel: the head's height is not a whole number.
    expect(await hidden(id), `${key} ${id}`).toBeLessThan(1);
  }
});

test("an agent's page is read by keys, and its agent is marked in the list", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  await page.goto(new URL("/#/agents/agent24", page.url()).href);
  const row = page.locator("#agent-agent24[aria-current=page]");
  await row.waitFor();
  await until(() => isInSight(page, "#agent-agent24"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  const heading = page.getByRole("heading", { name: "agent23" });
  await until(() => heading.evaluate((element) => element === element.ownerDocument.activeElement));
  await page.locator(".step").nth(6).waitFor();
  const scroller = page.locator(".agent-page");
  const top = () => scroller.evaluate(({ scrollTop }) => scrollTop);
  await until(async () => (await top()) > 500);
  const end = await top();
  await page.keyboard.press("PageUp");
  await until(async () => (await top()) < end - 100);
  await page.keyboard.press("Space");
  await page.keyboard.press("j");
  await page.locator("#agent-agent23.active").waitFor();
  expect(await page.getByText("selected").count()).toBe(0);
  const more = page.getByRole("button", { name: /^Show all .* of step/ }).last();
  await more.focus();
  await page.keyboard.press("Enter");
  await page.locator(".result-more[aria-expanded=true]").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("tab", { name: "Transcript" }).focus();
  for (const [key, name] of [
    ["ArrowRight", "Context"],
    ["End", "Details"],
    ["ArrowRight", "Transcript"],
    ["ArrowLeft", "Details"],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole("tabpanel", { name }).waitFor();
    const tab = page.getByRole("tab", { name, selected: true });
    expect(await tab.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(
      true,
    );
  }
  expect(page.url()).toContain("#/agents/agent23/details");
  await page.goto(new URL("/#/agents/agent22/errors", page.url()).href);
  const failures = page.getByRole("tabpanel", { name: "Errors" });
  // Folded once steps have succeeded since.
  await failures
    .getByText(/^Last error/)
    .first()
    .waitFor();
  expect(faults).toEqual([]);
});

test("agents are in sight on little room, with the bar of those that are selected", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  for (const [width, height] of [
    [720, 450],
    [960, 540],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await until(() => isInSight(page, "#agent-agent2"));
  }
  await page.setViewportSize({ width: 320, height: 256 });
  const width = await page.evaluate("document.documentElement.scrollWidth");
  expect(width).toBe(320);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await seriousFaults(page)).toEqual([]);
  await page.setViewportSize({ width: 720, height: 450 });
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await until(() => isInSight(page, ".bulk-bar"));
  expect(faults).toEqual([]);
});

test("agents keep their places while one points at them", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  await page.getByRole("button", { name: "Updated" }).click();
  await page.mouse.move(300, 400);
  const ids = () => page.locator(".agent-row").evaluateAll((rows) => rows.map(({ id }) => id));
  const steps = page.locator(".agent-row .col-iteration");
  await page.locator("th[data-held]").waitFor();
  const before = await ids();
  const counts = await steps.allTextContents();
  await until(async () => {
    const now = await steps.allTextContents();
    return now.every((count, at) => count !== counts[at]);
  });
  expect(await ids()).toEqual(before);
  await page.mouse.move(300, 20);
  await until(async () => (await ids()).join() !== before.join());
  expect(faults).toEqual([]);
});

test("a rejected action can be found again after its receipt was closed", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  await page.goto(new URL("/#/agents/agent5", page.url()).href);
  await page.getByRole("button", { name: "Destroy…" }).click();
  await page.getByRole("button", { name: "Destroy agent5" }).click();
  await page.getByRole("button", { name: "Start again" }).waitFor();
  await page.keyboard.press("p");
  await receipt(page, "Pause agent5", "rejected");
  expect(await page.locator(".receipt", { hasText: "Pause agent5" }).count()).toBe(1);
  await page.getByRole("button", { name: "Dismiss: Pause agent5" }).click();
  await page.keyboard.press("q");
  await page.getByRole("button", { name: "Receipts" }).click();
  await page.getByRole("dialog").getByText("Pause agent5").waitFor();
  expect(faults).toEqual([]);
});

/** True if the element is there and whole on the screen. */
async function isInSight(page: Page, selector: string): Promise<boolean> {
  const box = await page.locator(selector).boundingBox();
  const size = page.viewportSize();
  if (box === null || size === null) return false;
  return box.y >= 0 && box.y + Math.min(box.height, 40) <= size.height;
}

test("an address that no page has says so, with the focus on it and a way to the list", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  await page.evaluate("location.hash = '#/nowhere/at-all?q=agent1'");
  const heading = page.getByRole("heading", { name: "There is no such page" });
  await heading.waitFor();
  await page.locator("h1:focus", { hasText: "There is no such page" }).waitFor();
  expect(await page.getByText("Nothing is at #/nowhere/at-all").count()).toBe(1);
  expect(page.url()).toContain("#/nowhere/at-all");
  expect(await page.title()).toBe("No such page · Troupe");
  expect(await seriousFaults(page)).toEqual([]);
  await page.keyboard.press("p");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("#agent-agent1").waitFor();
  expect(faults).toEqual([]);
});

test("agents start near the top of a phone, also with trouble, types and a search", async () => {
  await using opened = await openList();
  const { page, faults } = opened;
  await page.setViewportSize({ width: 390, height: 844 });
  const top = async () => (await page.locator("#agent-agent0").boundingBox())?.y;
  await until(async () => ((await top()) ?? 320) < 285);

  const { queue } = stage.database;
  await queue.agentCreate("failing", "test", { agentType: "broken" });
  await page.locator(".needs-line").waitFor();
  await page.getByLabel("Filter by type").waitFor();
  await page.getByRole("searchbox").fill("agent0");
  await page.getByText("1 of 26").waitFor();
  expect(await top()).toBeLessThan(320);
  const figures = page.locator(".figure-value");
  expect(await figures.count()).toBe(7);
  for (const figure of await figures.all()) expect(await figure.isVisible()).toBe(true);
  expect(await seriousFaults(page)).toEqual([]);

  // The links have room for the count of what needs attention.
  await page.setViewportSize({ width: 320, height: 844 });
  await page.locator(".needs-count").waitFor();
  const button = await page.locator(".header .button-main").boundingBox();
  expect((button?.x ?? 320) + (button?.width ?? 0)).toBeLessThanOrEqual(320);
  expect(faults).toEqual([]);
});
