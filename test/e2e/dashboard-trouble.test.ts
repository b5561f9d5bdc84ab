/** What needs attention: on the dashboard by keyboard alone, in `troupe top` and in `troupe trouble`. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPage, seriousFaults } from "../support/browser.ts";
import { isCut, receipt } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { PseudoTerminal } from "../support/pseudo-terminal.ts";
import {
  type FateName,
  type ScriptedModel,
  startScriptedModel,
} from "../support/scripted-model.ts";
import { seedTracedAgent } from "../support/traced-agent.ts";
import { until } from "../support/until.ts";

const entry = fileURLToPath(new URL("../../dist/troupe.js", import.meta.url));

/** Each of them gets into one kind of trouble. A loop leaves the processor to the others. */
const modules = {
  caller: `step: async (ctx) => ({ result: await ctx.llm.Ask({ prompt: "?" }) }), interval_ms: 100`,
  broken: `step: ({ agentId }) => { throw new Error(agentId + " found no page"); }, step_retries: 0, restarts_max: 0`,
  crashing: `step: () => { throw new Error("a cause of its own"); }, step_retries: 0, restarts_max: 0`,
  fragile: `step: () => { throw new Error("not yet"); }`,
  looping: `step: () => { const cell = new Int32Array(new SharedArrayBuffer(4)); for (;;) Atomics.wait(cell, 0, 0, 20); }`,
  hoarder: `setup: () => { globalThis.kept = Buffer.alloc(108 * 2 ** 20, 1); }, step: () => ({ result: "full" }), memory_mb: 128`,
  steady: `step: () => ({ result: "fine" }), interval_ms: 200`,
};
const BROKEN = 7;
const CALLERS = 3;

let stage: DashboardStage;
let model: ScriptedModel;
let fate: FateName = "unauthorized";
beforeAll(async () => {
  model = await startScriptedModel({ answer: () => fate });
  const agents = Object.entries(modules).map(
    ([type, body]) => [`${type}.mjs`, `export default { type: "${type}", ${body} };`] as const,
  );
  stage = await DashboardStage.start({
    agents: Object.fromEntries(agents),
    env: {
      TROUPE_LLM: "openai-generic",
      TROUPE_LLM_BASE_URL: model.baseUrl,
      TROUPE_LLM_MODEL: "m",
      OPENAI_API_KEY: "sk",
    },
    prepare: ({ folder }) => seedTracedAgent(folder, "held", { isHeld: true }),
  });
  await stage.database.queue.enqueue([
    ...Array.from({ length: BROKEN }, (_, n) => created(`broken-${n + 1}`, "broken")),
    ...Array.from({ length: CALLERS }, (_, n) => created(`caller-${n + 1}`, "caller")),
    ...["fragile", "looping", "hoarder", "steady"].map((type) => created(`${type}-1`, type)),
  ]);
  await stage.database.agents(BROKEN, ({ status }) => status === "error");
  await stage.database.agents(
    CALLERS,
    (row) => row.last_error?.code === "AGENT_PAUSED_BY_FAILURES",
  );
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

function created(agentId: string, agent_type: string) {
  return { action: "create_agent", actor: "test", agentId, payload: { agent_type } } as const;
}

async function open(options: BrowserContextOptions = {}, address?: string): Promise<OpenPage> {
  const opened = await stage.browser.open(address ?? (await stage.address()), {
    bypassCSP: true,
    ...options,
  });
  if (address !== "about:blank") {
    await opened.page.locator(".agent-row, .empty").first().waitFor();
  }
  return opened;
}

const cause = (page: Page, title: string | RegExp) =>
  page.getByRole("listitem", { name: title }).filter({ has: page.locator(".cause-title") });

const focused = (page: Page) => page.locator(":focus");

/** Presses Tab until a link or a button with this text has the focus. */
async function tabTo(page: Page, text: string): Promise<void> {
  const textOf =
    "document.activeElement.matches('a, button') ? document.activeElement.textContent : ''";
  await until(async () => {
    await page.keyboard.press("Tab");
    return String(await page.evaluate(textOf)).includes(text);
  });
}

test("every trouble is one line by cause, with its agents and times, and counted in the tab", async () => {
  await using opened = await open();
  const { page, faults } = opened;
  await page.locator(".needs-line", { hasText: `${BROKEN} agents in error` }).waitFor();
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "Needs you" }).waitFor();
  expect(await focused(page).textContent()).toBe("Needs you");
  await cause(page, `${BROKEN} agents in error`).getByText("found no page").waitFor();
  await cause(page, `${CALLERS} agents paused by failing steps`).waitFor();
  await cause(page, "1 agent waiting for an effect to be resolved").waitFor();
  await cause(page, "1 agent not responding").waitFor();
  await cause(page, "1 agent restarted again and again").waitFor();
  await cause(page, "1 agent above 80 % of the memory budget").getByText("Type hoarder").waitFor();
  const causes = await page.locator(".cause").count();
  await until(async () => (await page.title()) === `(${causes}) Needs you · Troupe`);
  expect(await page.locator(".needs-count").textContent()).toBe(String(causes));
  const icon = await page.locator("link[rel=icon]").getAttribute("href");
  expect(decodeURIComponent(icon ?? "")).toContain(`>${causes}</text>`);
  expect(await page.getByText("steady-1").count()).toBe(0);
  expect(await cause(page, /in error/).textContent()).toMatch(/seen .* ago/);
  expect(faults).toEqual([]);
});

test("a link lists all agents of a cause, by a filter in the address", async () => {
  await using opened = await open();
  const { page, faults } = opened;
  await page.keyboard.press("n");
  await cause(page, /agents in error/).waitFor();
  expect(
    await cause(page, /agents in error/)
      .locator(".cause-agents li")
      .count(),
  ).toBe(6);
  await tabTo(page, `Show all ${BROKEN} agents`);
  await page.keyboard.press("Enter");
  await until(async () => (await page.locator(".agent-row").count()) === BROKEN);
  await page.waitForURL(/#\/\?trouble=error&cause=[\da-f]{8}$/);
  await page.reload();
  await until(async () => (await page.locator(".agent-row").count()) === BROKEN);
  await page.getByRole("button", { name: "Clear" }).click();
  await until(async () => (await page.locator(".agent-row").count()) > BROKEN);
  expect(faults).toEqual([]);
});

test("J and K walk the causes, and Esc leads back to the list", async () => {
  await using opened = await open();
  const { page } = opened;
  await page.keyboard.press("n");
  await cause(page, /agents in error/).waitFor();
  await page.keyboard.press("j");
  const first = await focused(page).textContent();
  await page.keyboard.press("j");
  const second = await focused(page).textContent();
  expect([first, second === first]).toEqual([`${BROKEN} agents in error`, false]);
  await page.keyboard.press("k");
  expect(await focused(page).textContent()).toBe(first);
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Activity" }).waitFor();
});

test("an unknown effect is resolved from the list of causes, by keyboard", async () => {
  await using opened = await open();
  const { page, faults } = opened;
  await page.keyboard.press("n");
  await cause(page, /effect to be resolved/).waitFor();
  await tabTo(page, "Resolve…");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Resolve refund" });
  await dialog.waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await until(async () => (await page.getByRole("dialog").count()) === 0);
  expect(await focused(page).textContent()).toBe("Resolve…");
  expect(faults).toEqual([]);
});

test.each([
  { width: 1_440, height: 900, colorScheme: "light" },
  { width: 1_440, height: 900, colorScheme: "dark" },
  { width: 390, height: 844, colorScheme: "light" },
  { width: 390, height: 844, colorScheme: "dark" },
  { width: 720, height: 450, colorScheme: "light" },
  { width: 2_560, height: 1_440, colorScheme: "dark" },
] as const)(
  "causes and the line above the list are readable at $width x $height, $colorScheme",
  async (view) => {
    const { width, height, colorScheme } = view;
    await using opened = await open({ viewport: { width, height }, colorScheme });
    const { page } = opened;
    await page.locator(".needs-line").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.locator(".agent-row").first().isVisible()).toBe(true);
    await page.keyboard.press("n");
    await cause(page, /agents in error/).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await isCut(page)).toBe(false);
  },
);

/** The browser's part of notifications: the headless one refuses them all. */
const notifications = `
  globalThis.shown = [];
  globalThis.Notification = class {
    constructor(title, { body, tag }) { shown.push([title, body, tag]); }
    close() {}
    static get permission() { return localStorage.getItem("permission") ?? "default"; }
    static async requestPermission() { localStorage.setItem("permission", "granted"); return "granted"; }
  };
  Object.defineProperty(document, "hidden", { get: () => globalThis.isAway === true });
`;

test("notifications are asked for once, remembered, and only about causes that are new", async () => {
  await using opened = await open({}, "about:blank");
  const { page, faults } = opened;
  await page.addInitScript(notifications);
  await page.goto(await stage.address());
  await page.locator(".agent-row").first().waitFor();
  await page.keyboard.press("n");
  await tabTo(page, "Notify me");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Notifications on", pressed: true }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.reload();
  await page.getByRole("button", { name: "Notifications on", pressed: true }).waitFor();
  await page.evaluate("globalThis.isAway = true");
  await stage.database.queue.enqueue([created("crashing-1", "crashing")]);
  await until(async () => ((await page.evaluate("shown")) as unknown[]).length > 0);
  expect(await page.evaluate("shown")).toEqual([
    ["Troupe needs you", "1 agent in error", "troupe"],
  ]);
  await page.evaluate("globalThis.isAway = false");
  await page.getByRole("heading", { name: "Needs you" }).focus();
  await tabTo(page, "Notifications on");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Notify me", pressed: false }).waitFor();
  expect(faults).toEqual([]);
});

test("troupe trouble and troupe top show the same causes", async () => {
  await using opened = await open();
  const { page } = opened;
  await page.keyboard.press("n");
  await cause(page, /memory budget/).waitFor();
  const titles = (await page.locator(".cause-title").allTextContents()).toSorted();
  const run = promisify(execFile)(process.execPath, [entry, "trouble"], {
    cwd: stage.database.folder,
  });
  const failed: { code?: number; stdout?: string } = await run.catch((error: object) => error);
  expect(failed.code).toBe(1);
  const heads = failed.stdout?.split("\n").filter((line) => /^\S/.test(line)) ?? [];
  expect(heads.map((line) => line.split(", ")[0]).toSorted()).toEqual(titles);

  await using terminal = new PseudoTerminal([process.execPath, entry, "top"], {
    cwd: stage.database.folder,
  });
  await terminal.saw(/n: \d+ causes/);
  terminal.press("n");
  await terminal.saw(/^> 7 agents in error, (first )?seen /);
  terminal.press("\r");
  await terminal.saw(/^> broken-1 +error/);
  terminal.press("n");
  await terminal.saw(/^> 7 agents in error/);
  terminal.press("j");
  // The test of notifications leaves an agent with an error of its own.
  const screen = await terminal.saw(/^> (1 agent in error|3 agents paused)/);
  if (screen.some((line) => line.startsWith("> 1 agent"))) terminal.press("j");
  await terminal.saw(/^> 3 agents paused by failing steps/);
  terminal.press("r");
  await terminal.saw(/^resume 3 agents\? y\/n/);
  terminal.press("n");
  await terminal.saw(/^resume 3 agents: nothing was sent/);
  terminal.press("q");
  terminal.press("q");
  expect(await terminal.ended()).toBe(0);
});

test("agents are resumed and started again where the cause is, by keyboard", async () => {
  await using opened = await open();
  const { page, faults } = opened;
  await page.keyboard.press("n");
  await cause(page, /paused by failing steps/).waitFor();
  fate = "ok";
  await tabTo(page, `Resume ${CALLERS}`);
  await page.keyboard.press("Enter");
  await receipt(page, `Resumed ${CALLERS} agents`);
  await cause(page, /paused by failing steps/).waitFor({ state: "detached" });
  await stage.database.agents(
    CALLERS,
    (row) => row.agent_type === "caller" && row.status === "running",
  );
  await page.getByRole("heading", { name: "Needs you" }).focus();
  await tabTo(page, `Start ${BROKEN} again`);
  await page.keyboard.press("Enter");
  await receipt(page, `Started ${BROKEN} agents`);
  expect(faults).toEqual([]);
});
