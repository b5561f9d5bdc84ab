/** What the dashboard shows is true, wherever and however often it is open. */

import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StepRow } from "../../src/model/step.ts";
import { seriousFaults } from "../support/browser.ts";
import { receipt } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { startScriptedModel } from "../support/scripted-model.ts";
import { until } from "../support/until.ts";

const supportAgents = fileURLToPath(new URL("../support/agents", import.meta.url));

/** Results as long as any are kept, with a mark in them that turns the line. */
const wordy = `export default {
  type: "wordy",
  step: ({ iteration }) => ({ result: "step " + iteration + " \\u202e" + "long ".repeat(12_000) }),
};`;
/** Its result names the guidance that the step saw; each step takes longer than an action. */
const careful = `export default {
  type: "careful",
  step: async (ctx) => {
    await new Promise((next) => setTimeout(next, 400));
    return { result: ctx.guidance.map(({ n }) => "<" + n + ">").join(" ") };
  },
};`;
const WORDY_AGENTS = 12;

let stage: DashboardStage;
beforeAll(async () => {
  const agents = { "wordy.mjs": wordy, "careful.mjs": careful };
  stage = await DashboardStage.start({ agents });
  await stage.database.queue.enqueue([
    ...Array.from({ length: WORDY_AGENTS }, (_, n) => created(`wordy${n}`, "wordy", 1_000)),
    created("careful1", "careful", 0),
  ]);
  await stage.database.agents(WORDY_AGENTS + 1, (row) => row.iteration > 0);
});
afterAll(() => stage[Symbol.asyncDispose]());

function created(agentId: string, agent_type: string, interval_ms: number) {
  const payload = { agent_type, config: { interval_ms } };
  return { action: "create_agent", actor: "test", agentId, payload } as const;
}

async function isListed(page: Page): Promise<void> {
  await until(async () => (await page.locator(".agent-row").count()) === WORDY_AGENTS + 1);
}

test("seven tabs of one browser are all live, and each can steer", async () => {
  const address = await stage.address();
  await using opened = await stage.browser.open(address);
  const { page, faults } = opened;
  const context = page.context();
  const others = await Promise.all(Array.from({ length: 6 }, () => context.newPage()));
  const own = new URL("/", page.url()).href;
  for (const tab of others) await tab.goto(own);
  for (const tab of [page, ...others]) await isListed(tab);
  const [last] = others.slice(-1);
  await last?.goto(`${own}#/agents/wordy0`);
  await last?.getByRole("button", { name: "Pause" }).click();
  if (last !== undefined) await receipt(last, "Paused wordy0");
  for (const tab of [page, ...others.slice(0, 5)]) {
    await tab.locator("#agent-wordy0[data-status=paused]").waitFor();
  }
  expect(faults).toEqual([]);
});

test("a slow line shows the agents, however long their results are", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page, faults } = opened;
  const line = await page.context().newCDPSession(page);
  const bytes = { page: 0, all: 0 };
  const urls = new Map<string, string>();
  line.on("Network.responseReceived", ({ requestId, response }) => {
    urls.set(requestId, response.url);
  });
  line.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    bytes.all += encodedDataLength;
    if (!/\.json|\/api\//.test(urls.get(requestId) ?? "")) bytes.page += encodedDataLength;
  });
  await line.send("Network.enable");
  const speed = { latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
  await line.send("Network.emulateNetworkConditions", { offline: false, ...speed });
  await page.goto(await stage.address());
  await isListed(page);
  expect(bytes.page).toBeLessThan(83_500);
  expect(bytes.all).toBeLessThan(150_000);
  const words = page.locator("#agent-wordy1 .col-result");
  const before = await words.textContent();
  expect(before).toContain("\ufffd");
  await until(async () => (await words.textContent()) !== before);
  expect(faults).toEqual([]);
});

test("guidance is shown as used by the step that used it", async () => {
  const sent = [0, 1, 2, 3];
  for (const n of sent) {
    const done = stage.database.queue.agentInterrupt("careful1", "test", { n });
    await stage.database.processed(done);
  }
  const steps = await until(async () => {
    const found = await stage.database.steps("careful1");
    const used = found.flatMap(({ guidance_used }) => guidance_used ?? []);
    return used.length === sent.length && found;
  });
  // So that these steps are among the newest, which the page reads.
  await stage.database.processed(stage.database.queue.agentPause("careful1", "test"));
  await using opened = await stage.browser.open(await stage.address());
  const { page, faults } = opened;
  await page.goto(new URL("/#/agents/careful1", page.url()).href);
  for (const n of sent) {
    const step = usedIn(steps, n);
    const line = page.locator(".guidance", { hasText: `{ "n": ${n} }` });
    await line.filter({ hasText: new RegExp(`used by step ${step.iteration}\\D`) }).waitFor();
    // It is where it was used: the next step after it is the one that it names.
    const next = line.locator("xpath=following-sibling::li[contains(@class, 'step')][1]");
    expect(await next.locator(".step-number").textContent()).toBe(`Step ${step.iteration}`);
  }
  expect(faults).toEqual([]);
});

/** The step whose result says that it saw the guidance. */
function usedIn(steps: readonly StepRow[], n: number): StepRow {
  const found = steps.find(({ result }) => result?.includes(`<${n}>`) === true);
  if (found === undefined) throw new Error(`no step saw guidance ${n}`);
  expect(found.guidance_used?.length).toBeGreaterThan(0);
  return found;
}

test("the place is in the address: it outlives a reload and goes back", async () => {
  await using opened = await stage.browser.open(await stage.address());
  const { page, faults } = opened;
  await isListed(page);
  await page.getByRole("searchbox").fill("wordy1");
  await page.getByRole("button", { name: "Steps" }).click();
  const rows = page.locator(".agent-row");
  await until(async () => (await rows.count()) === 3);
  await page.waitForURL(/#\/\?q=wordy1&sort=iteration$/);
  await page.reload();
  await until(async () => (await rows.count()) === 3);
  await page.locator("#agent-wordy10 a").click();
  await page.getByRole("heading", { name: "wordy10" }).waitFor();
  expect(page.url()).toMatch(/#\/agents\/wordy10\?q=wordy1&/);
  await page.goBack();
  await page.getByRole("heading", { name: "Activity" }).waitFor();
  expect(await page.getByRole("searchbox").inputValue()).toBe("wordy1");
  expect(faults).toEqual([]);
});

test("an agent that paused itself is shown at a glance, in the tab's title too", async () => {
  await using model = await startScriptedModel({ answer: () => "unauthorized" });
  await using failing = await DashboardStage.start({
    env: {
      TROUPE_AGENTS: supportAgents,
      TROUPE_LLM: "openai-generic",
      TROUPE_LLM_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: "sk",
      TROUPE_LLM_MODEL: "m",
    },
  });
  await failing.database.queue.enqueue([
    created("agent1", "caller", 0),
    created("agent2", "ledger", 100),
  ]);
  await using opened = await failing.open();
  const { page, faults } = opened;
  await page.getByText("1 agent paused by failing steps").waitFor();
  await page.locator("#agent-agent1 .mark[data-tone=bad]", { hasText: "paused" }).waitFor();
  await page.locator(".chip", { hasText: "steps failing" }).click();
  await until(async () => (await page.locator(".agent-row").count()) === 1);
  expect(await page.title()).toBe("(1) Troupe");
  await page.locator(".figure", { hasText: "Tokens" }).getByText("failed").waitFor();
  expect(faults).toEqual([]);
});

test("if nothing needs attention, the page says so", async () => {
  await using calm = await DashboardStage.start();
  const { database } = calm;
  await database.processed(database.queue.agentCreate("agent1", "test"));
  await using opened = await calm.open();
  const { page, faults } = opened;
  await page.locator(".agent-row").first().waitFor();
  expect(await page.locator(".needs-line").count()).toBe(0);
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "Nothing needs you" }).waitFor();
  expect(await page.title()).toBe("Needs you · Troupe");
  expect(await seriousFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
});
