/** An agent's page as a conversation, and its context: by keys alone, on little room, and in every tab. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPage, seriousFaults } from "../support/browser.ts";
import { isCut, receipt } from "../support/dashboard.ts";
import { DashboardStage, type View } from "../support/dashboard-stage.ts";
import { until } from "../support/until.ts";

/** Has something of everything: a large context, structured and long results, a failed step. */
const chat = `export default {
  type: "chat",
  interval_ms: 0,
  step: (ctx) => {
    const n = ctx.iteration;
    if (n === 72) throw new Error("the lamp is out\\nnobody paid");
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => ["key" + i, i]));
    ctx.context = { n, keys, text: "lorem ".repeat(9_000), plan: { budget: 100 - n, ok: true } };
    const next = n >= 75 ? "guidance" : undefined;
    if (n === 71) return { result: JSON.stringify({ verse: n, rhymes: ["cat", "hat"] }), next };
    return { result: "verse " + n + (n === 70 ? " long".repeat(2_000) : ""), next };
  },
};`;

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "chat.mjs": chat } });
  const create = (agentId: string) =>
    ({ action: "create_agent", actor: "test", agentId, payload: { agent_type: "chat" } }) as const;
  await stage.database.queue.enqueue([create("poet"), create("singer")]);
  await stage.database.agents(2, (row) => row.iteration >= 75);
});
afterAll(() => stage[Symbol.asyncDispose]());

async function openAgent(hash: string, view: View = {}): Promise<OpenPage> {
  const permissions = ["clipboard-read", "clipboard-write"];
  const opened = await stage.open({ ...view, permissions });
  await opened.page.goto(new URL(`/#/agents/${hash}`, opened.page.url()).href);
  return opened;
}

const steps = (page: Page) => page.locator(".entries .step");
const atEnd = (page: Page) =>
  page
    .locator(".agent-page")
    .evaluate((pane) => pane.scrollHeight - pane.clientHeight - pane.scrollTop < 5);

test("a transcript ends with the newest step, and shows each result as what it is", async () => {
  await using opened = await openAgent("poet");
  const { page, faults } = opened;
  await steps(page).last().getByText("verse 75").waitFor();
  await until(() => atEnd(page));
  const failed = page.locator(".step[data-status=error]");
  expect(await failed.locator(".step-error").textContent()).toBe(
    "AGENT_STEP_FAILED the lamp is out",
  );
  await failed.getByRole("button", { name: "Trace of step 72" }).click();
  await failed.locator("pre", { hasText: "chat.mjs" }).waitFor();
  expect(await failed.locator("pre").textContent()).not.toMatch(/thread\.cjs|step-runner/);
  await failed.getByRole("button", { name: /^Show \d+ lines? of Troupe/ }).click();
  await page.locator(".step-result.code", { hasText: '"rhymes": [' }).waitFor();
  expect(faults).toEqual([]);
});

test("older steps are added above, and what is being read stays where it is", async () => {
  await using opened = await openAgent("poet");
  const { page, faults } = opened;
  await steps(page).last().getByText("verse 75").waitFor();
  await until(() => atEnd(page));
  expect(
    await steps(page)
      .filter({ hasText: /verse 20$/ })
      .count(),
  ).toBe(0);
  const button = page.getByRole("button", { name: "Load older steps" });
  const oldest = steps(page).first();
  const name = await oldest.locator(".step-number").textContent();
  await button.focus();
  await page.keyboard.press("Enter");
  await until(async () => (await steps(page).first().textContent())?.includes("verse 1") === true);
  const same = page.locator(".step", {
    has: page.getByText(new RegExp(`^Step ${name?.replace("Step ", "")}$`)),
  });
  const box = await same.boundingBox();
  expect(box?.y).toBeGreaterThan(0);
  expect(box?.y).toBeLessThan(900);
  expect(faults).toEqual([]);
});

test("guidance is written, sent and answered by keys alone, and a draft is kept", async () => {
  await using opened = await openAgent("singer/details");
  const { page, faults } = opened;
  const { keyboard } = page;
  await page.getByRole("tabpanel", { name: "Details" }).waitFor();
  const write = async () => {
    await keyboard.press("i");
    await page.locator("#composer:focus").waitFor();
  };
  const field = page.locator("#composer");
  await write();
  await keyboard.type("a draft");
  expect(await field.inputValue()).toBe("a draft");
  await keyboard.press("Escape");
  const heading = page.getByRole("heading", { name: "singer" });
  await until(() => heading.evaluate((element) => element === element.ownerDocument.activeElement));
  const tab = page.getByRole("tab", { name: "Transcript" });
  await tab.focus();
  await keyboard.press("ArrowRight");
  await page.getByRole("tabpanel", { name: "Context" }).waitFor();
  expect(await field.count()).toBe(0);
  await keyboard.press("ArrowLeft");
  await until(async () => (await field.inputValue()) === "a draft");

  await write();
  await keyboard.press("Control+a");
  await keyboard.type("{ n: 1 }");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "JSON", pressed: true }).waitFor();
  await field.focus();
  await keyboard.press("Control+Enter");
  await page.locator(".composer .field-error").waitFor();
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  expect(await page.locator(".receipt").count()).toBe(0);
  await keyboard.press("Control+a");
  await keyboard.type('{ "n": 1 }');
  await keyboard.press("Control+Enter");
  await receipt(page, "Interrupted singer");
  expect(await field.inputValue()).toBe("");
  await page.locator(".guidance", { hasText: /dashboard.*used by step 76.*"n": 1/ }).waitFor();
  await steps(page).last().getByText("verse 76").waitFor();
  await until(() => atEnd(page));
  expect(faults).toEqual([]);
});

test("what comes while one reads further up is counted, and does not move it", async () => {
  await using opened = await openAgent("singer");
  const { page, faults } = opened;
  await steps(page).nth(20).waitFor();
  await until(() => atEnd(page));
  const pane = page.locator(".agent-page");
  await pane.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
  await page.getByRole("button", { name: "To the end" }).waitFor();
  const shown = steps(page).nth(20);
  const before = await shown.boundingBox();
  // The agent's head becomes taller by a line, as when there is something to say about the agent.
  await page.locator(".agent-top").evaluate((head) => head.append("line"));
  await stage.database.processed(
    stage.database.queue.agentInterrupt("singer", "test", { subject: "rain" }),
  );
  const fresh = page.getByRole("button", { name: /^\d+ new$/ });
  await fresh.waitFor();
  const after = await shown.boundingBox();
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(2);
  await fresh.click();
  await until(() => atEnd(page));
  await page
    .locator(".guidance", { hasText: /test.*New subject rain/ })
    .last()
    .waitFor();
  expect(faults).toEqual([]);
});

test("a large context is searched, copied and compared by keys", async () => {
  await using opened = await openAgent("poet/context");
  const { page, faults } = opened;
  const { keyboard } = page;
  const tree = page.getByRole("tree", { name: "Context" });
  await tree.getByRole("treeitem").first().waitFor();
  expect(await tree.getByRole("treeitem").count()).toBeLessThan(60);
  await page.getByRole("searchbox", { name: "Search keys and values" }).fill("key9999");
  await until(async () => (await tree.getByRole("treeitem").count()) === 3);
  await keyboard.press("Tab");
  await keyboard.press("End");
  await keyboard.press("Tab");
  await page.getByText("keys.key9999", { exact: true }).waitFor();
  await keyboard.press("Enter");
  await page.getByText("Path copied").waitFor();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe("keys.key9999");

  await page.getByRole("button", { name: "Compare with another step" }).focus();
  await keyboard.press("Enter");
  const list = page.getByRole("listbox", { name: "Differences" });
  const differences = () => list.getByRole("option").allTextContents();
  await until(async () => (await differences()).length === 2);
  expect((await differences()).sort()).toEqual([
    "~changed n74 → 75",
    "~changed plan.budget26 → 25",
  ]);
  const base = page.getByRole("spinbutton", { name: "Compared with step" });
  await base.fill("72");
  await keyboard.press("Enter");
  await page.getByText("unchanged since step 71").waitFor();
  await until(async () => (await differences()).includes("~changed n71 → 75"));
  const slider = page.getByRole("slider", { name: "Step, as a slider", exact: true });
  await slider.focus();
  await keyboard.press("ArrowLeft");
  await until(async () => (await differences()).includes("~changed n71 → 74"));
  expect(faults).toEqual([]);
});

test.each([
  { width: 1_440, height: 900, scheme: "light" },
  { width: 1_440, height: 900, scheme: "dark" },
  { width: 390, height: 844, scheme: "dark" },
  { width: 720, height: 450, scheme: "light" },
] as const)("every tab is readable at $width x $height, $scheme", async (view) => {
  await using opened = await openAgent("poet", view);
  const { page, faults } = opened;
  await steps(page).last().waitFor();
  await page.locator("#composer").click();
  for (const name of ["Transcript", "Context", "Errors", "Figures", "Details"]) {
    await page.getByRole("tab", { name }).click();
    await page.getByRole("tabpanel", { name }).waitFor();
    if (name === "Context") await page.getByRole("treeitem").first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await isCut(page)).toBe(false);
  }
  expect(faults).toEqual([]);
});
