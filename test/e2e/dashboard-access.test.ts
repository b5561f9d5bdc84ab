/** The page for people who do not see it, or do not use a pointer. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, receipt, statusOnPage } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { until } from "../support/until.ts";

const agents = {
  "busy.mjs": `export default {
  type: "busy",
  interval_ms: 200,
  step: ({ iteration }) => ({ result: "turn " + iteration }),
};`,
  "wordy.mjs": `export default {
  type: "wordy",
  interval_ms: 0,
  restart: "temporary",
  step: () => { throw new Error("many words ".repeat(1_000)); },
};`,
};

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents });
  const { database } = stage;
  for (const type of ["busy", "wordy"])
    await database.processed(database.queue.agentCreate(`${type}1`, "test", { agentType: type }));
  await database.agent("wordy1", ({ status }) => status === "error");
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Counts the changes of a part. */
const observe = (part: string) => `(() => {
  window.changes = 0;
  const options = { subtree: true, childList: true, characterData: true };
  const observer = new MutationObserver(() => { window.changes += 1; });
  observer.observe(document.querySelector("${part}"), options);
})()`;

test("what is read out about a lane does not change with each step", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  await page.goto(new URL("/#/timeline?q=busy1", page.url()).href);
  await page.getByText("1 lane", { exact: true }).waitFor();
  await page.locator(".main-timeline canvas").first().focus();
  const said = page.locator("#timeline-focus");
  await said.filter({ hasText: "busy1, lane 1 of 1, running" }).waitFor();
  await page.evaluate(observe("#timeline-focus"));
  const newest = page.locator(".lane-table tbody tr td").first();
  const before = Number(await newest.textContent());
  await until(async () => Number(await newest.textContent()) > before + 10);
  expect(await page.evaluate("window.changes")).toBe(0);
});

test("each page has one heading of the first level", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  const places = { "#/": "Agents", "#/timeline": "Timeline", "#/queue": "Queue" };
  for (const [hash, name] of Object.entries({ ...places, "#/agents/busy1": "busy1" })) {
    await page.goto(new URL(`/${hash}`, page.url()).href);
    await page.getByRole("heading", { level: 1, name }).waitFor();
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
  }
});

test("a page that a key opens has the focus on its heading, and the keys of the list work there", async () => {
  await using opened = await stage.openAgent("busy1");
  const { page } = opened;
  const focused = page.locator("h1:focus");
  const places = [
    ["q", "Queue"],
    ["t", "Timeline"],
    ["l", "Agents"],
    ["t", "Timeline"],
    ["Escape", "Agents"],
  ] as const;
  for (const [key, name] of places) {
    await page.keyboard.press(key);
    await focused.filter({ hasText: name }).waitFor({ state: "attached" });
  }
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await focused.filter({ hasText: /busy1|wordy1/ }).waitFor();
  await page.keyboard.press("Escape");
  await focused.filter({ hasText: "Agents" }).waitFor({ state: "attached" });
});

test("single characters are no keys once that is chosen, also after a reload", async () => {
  await using opened = await stage.openAgent("busy1");
  const { page } = opened;
  await page.keyboard.press("?");
  const choice = page.getByLabel("Single characters are keys");
  await choice.uncheck();
  await page.keyboard.press("Escape");
  for (const again of [false, true]) {
    if (again) await page.reload();
    await statusOnPage(page, "running");
    for (const key of ["d", "q", "p"]) await page.keyboard.press(key);
    // Had one of them done something, the palette would not open here.
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Commands" }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(1);
    await page.keyboard.press("Escape");
    expect(new URL(page.url()).hash).toBe("#/agents/busy1");
    expect(await page.locator(".receipt").count()).toBe(0);
  }
  await page.getByRole("button", { name: "Keyboard help" }).click();
  await choice.check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("p");
  await receipt(page, "Paused busy1");
  await page.keyboard.press("r");
  await receipt(page, "Resumed busy1");
});

test("a long error is folded like a long result", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  await page.goto(new URL("/#/agents/wordy1", page.url()).href);
  const error = page.locator(".entries .step-error").last();
  await error.waitFor();
  const lengthOf = async () => (await error.textContent())?.length ?? 0;
  const folded = await lengthOf();
  expect(folded).toBeLessThan(1_400);
  await error.getByRole("button", { name: /Show all .* of the error of step 1/ }).click();
  expect(await lengthOf()).toBeGreaterThan(folded + 500);
});

test("receipts cover neither the bar of the selection nor the field for guidance", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  await page.locator("#agent-wordy1").getByRole("checkbox").check();
  await page.locator("#agent-busy1").getByRole("checkbox").check();
  const bar = page.getByRole("toolbar", { name: "Selected agents" });
  await bar.getByRole("button", { name: "Resume" }).click();
  const tray = page.locator(".receipts .receipt", { has: page.locator(".receipt-error") }).first();
  await tray.waitFor();
  const boxOf = async (part: typeof tray) => {
    const box = await part.boundingBox();
    if (box === null) throw new Error("it is not shown");
    return box;
  };
  const clear = await boxOf(bar.getByRole("button", { name: "Clear" }));
  expect((await boxOf(tray)).x).toBeGreaterThanOrEqual(clear.x + clear.width);

  await page.locator("#agent-busy1 a").click();
  const send = await boxOf(page.getByRole("button", { name: "Send" }));
  const shown = await boxOf(tray);
  expect(shown.y + shown.height).toBeLessThanOrEqual(send.y);
});

test("a page whose code has not arrived yet shows that it is loading", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  const code = Promise.withResolvers<void>();
  await page.route(/assets\/page-.*\.js/, async (route) => {
    await code.promise;
    await route.continue();
  });
  await page.goto(await addressOf(stage.program), { waitUntil: "commit" });
  const shown = `getComputedStyle(document.querySelector("#page"), "::before").content`;
  await expect.poll(() => page.evaluate(shown).catch(() => "")).toContain("Loading the dashboard");
  code.resolve();
  await page.locator("#agent-busy1").waitFor();
  expect(await page.evaluate(shown)).toBe("none");
});
