/** The dashboard in a real browser, on the real program. */

import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, seriousFaults } from "../support/browser.ts";
import { addressOf, create, receipt, statusOnPage } from "../support/dashboard.ts";
import { Database } from "../support/database.ts";
import { Program, type ProgramOptions } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));

let browser: Browser;
beforeAll(async () => {
  browser = await Browser.start();
});
afterAll(() => browser[Symbol.asyncDispose]());

function start(cwd: string, env: ProgramOptions["env"] = {}): Promise<Program> {
  return Program.start({ cwd, env: { TROUPE_AGENTS: agents, ...env } });
}

describe("dashboard", () => {
  test("an agent is created, watched, interrupted, paused, resumed and destroyed", async () => {
    await using folder = await makeTempFolder();
    await using program = await start(folder.path);
    await using opened = await browser.open(await addressOf(program));
    const { page, faults } = opened;
    await page.getByRole("heading", { name: "No agents yet" }).waitFor();

    await create(page, "agent1", "cats");
    await receipt(page, "Created agent1");
    await statusOnPage(page, "running");
    const steps = page.locator(".entries .step");
    await until(async () => (await steps.count()) >= 3);
    expect(await steps.last().textContent()).toMatch(/cat/i);

    await page.getByRole("button", { name: "Interrupt" }).click();
    await page.getByRole("textbox", { name: "New subject" }).fill("dogs");
    await page.getByRole("button", { name: "Send" }).click();
    await receipt(page, "Interrupted agent1");
    await page.locator(".now-subject", { hasText: "dogs" }).waitFor();
    await page.locator(".guidance", { hasText: /dashboard.*used by step \d+.*dogs/ }).waitFor();

    await page.getByLabel("Reason").fill("a look at it");
    await page.getByRole("button", { name: "Pause" }).click();
    await receipt(page, "Paused agent1");
    await statusOnPage(page, "paused");
    await page.getByRole("button", { name: "Resume" }).click();
    await statusOnPage(page, "running");

    await page.getByRole("button", { name: "Destroy…" }).click();
    await page.getByLabel("Reason", { exact: true }).fill("the end");
    await page.getByRole("button", { name: "Destroy agent1" }).click();
    await receipt(page, "Destroyed agent1");
    await statusOnPage(page, "stopped");
    await page.getByRole("tab", { name: "Details" }).click();
    await page
      .getByText(/destroyed.*: the end/)
      .first()
      .waitFor();
    expect(faults).toEqual([]);
  });

  test("keeps a form whose agent was refused, and shows the rejected action in the queue", async () => {
    await using folder = await makeTempFolder();
    await using program = await start(folder.path);
    await using opened = await browser.open(await addressOf(program));
    const { page, faults } = opened;
    await page.goto(new URL("/#/create", page.url()).href);
    const form = page.getByRole("dialog");
    await page.getByLabel("Id", { exact: true }).fill("a b");
    await page.getByLabel("Config").fill("{");
    await form.getByRole("button", { name: "Create agent" }).click();
    await page.locator(".field-error").first().waitFor();
    expect(await page.locator(".field-error").count()).toBe(2);

    await page.getByLabel("Id", { exact: true }).fill("agent1");
    await page.getByLabel("Subject").fill("tea");
    await page.getByLabel("Config").fill('{ "unresponsive_timeout_ms": 1 }');
    await form.getByRole("button", { name: "Create agent" }).click();
    await form.getByRole("alert").waitFor();
    expect(await page.getByLabel("Subject").inputValue()).toBe("tea");
    expect(new URL(page.url()).hash).toBe("#/create");
    await page.getByLabel("Config").fill("");
    await form.getByRole("button", { name: "Create agent" }).click();
    await statusOnPage(page, "running");

    await page.getByRole("link", { name: "Queue" }).click();
    const row = page.locator("tr[data-outcome=rejected]");
    await row.waitFor();
    await row.getByRole("button", { name: "create_agent" }).click();
    await page.locator(".action-more", { hasText: "unresponsive_timeout_ms" }).first().waitFor();
    await page.getByRole("button", { name: "Waiting", exact: true }).click();
    await page.getByRole("heading", { name: "No action is waiting" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("continues automatically after a restart of the server", async () => {
    await using folder = await makeTempFolder();
    let program = await start(folder.path);
    const address = await addressOf(program);
    await using opened = await browser.open(address);
    const { page, faults } = opened;
    await create(page, "agent1", "cats");
    await statusOnPage(page, "running");
    await page.evaluate("globalThis.isSamePage = true");

    expect(await program.end("SIGTERM")).toBe(0);
    await page.getByText("Not connected.").waitFor();
    program = await start(folder.path, { TROUPE_PORT: new URL(address).port });
    await using _again = program;
    await page.locator(".connection", { hasText: "Live" }).waitFor();
    const before = await iterationOf(page);
    await until(async () => (await iterationOf(page)) > before + 2);
    await page.getByRole("button", { name: "Pause" }).click();
    await receipt(page, "Paused agent1");
    expect(await page.evaluate("globalThis.isSamePage")).toBe(true);
    expect(faults).toEqual([]);
  });

  test("shows five hundred agents, scrolls and filters them, and acts on all at the same time", {
    timeout: 300_000,
  }, async () => {
    await using database = await Database.make();
    await using program = await start(database.folder);
    await database.queue.enqueue(
      Array.from({ length: 500 }, (_, n) => ({
        action: "create_agent",
        actor: "test",
        agentId: `agent${n}`,
        payload: { agent_type: "ledger", config: { interval_ms: 5_000 } },
      })),
    );
    await using opened = await browser.open(await addressOf(program));
    const { page, faults } = opened;
    const chip = page.locator(".chip", { hasText: "running" });
    await until(async () => (await chip.textContent())?.includes("500"));

    const rows = page.locator(".agent-row");
    expect(await rows.count()).toBeLessThan(80);
    await page.locator("table.agents").focus();
    await page.keyboard.press("End");
    await page.locator("#agent-agent499").waitFor();
    await page.getByRole("searchbox").fill("agent49");
    await until(async () => (await rows.count()) === 11);
    await page.getByRole("checkbox", { name: "Select all" }).check();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator(".receipt", { hasText: "11 done" }).waitFor();
    await page.getByRole("searchbox").fill("");
    await page.locator(".chip", { hasText: "paused" }).click();
    await until(async () => (await rows.count()) === 11);
    expect(faults).toEqual([]);
  });

  test("is used by keys alone", async () => {
    await using folder = await makeTempFolder();
    await using program = await start(folder.path);
    await using opened = await browser.open(await addressOf(program));
    const { page, faults } = opened;
    const { keyboard } = page;
    await page.getByRole("heading", { name: "No agents yet" }).waitFor();
    for (const id of ["agent1", "agent2"]) {
      await keyboard.press("c");
      await page.getByRole("dialog").waitFor();
      await keyboard.type("owls");
      await keyboard.press("Tab");
      await keyboard.press("Tab");
      await keyboard.type(id);
      await keyboard.press("Enter");
      await statusOnPage(page, "running");
      await keyboard.press("Escape");
      await page.locator(`#agent-${id}`).waitFor();
    }
    await keyboard.press("j");
    await keyboard.press("j");
    await page.locator("#agent-agent2.active").waitFor();
    await keyboard.press("p");
    await receipt(page, "Paused agent2");
    await keyboard.press("x");
    await keyboard.press("k");
    await keyboard.press("x");
    await keyboard.press("r");
    await receipt(page, "Resumed 2 agents");
    await keyboard.press("Escape");
    await keyboard.press("/");
    await keyboard.type("agent1");
    await keyboard.press("Enter");
    await page.locator("#agent-agent2").waitFor({ state: "detached" });
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "agent1" }).waitFor();
    await keyboard.press("i");
    // These would be keys of the page if they did not reach the field.
    await keyboard.type("dogs, please");
    await keyboard.press("Enter");
    await keyboard.type("quick ones");
    await keyboard.press("Control+Enter");
    await receipt(page, "Interrupted agent1");
    await page.locator(".guidance", { hasText: /dogs, please\nquick ones/ }).waitFor();
    await keyboard.press("Escape");
    await keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await closeDialog(page);
    await keyboard.press("d");
    await page.getByRole("dialog").waitFor();
    await keyboard.press("Enter");
    await receipt(page, "Destroyed agent1");
    await statusOnPage(page, "stopped");
    expect(faults).toEqual([]);
  });

  test.for(["light", "dark"] as const)(
    "has no serious fault that axe finds, %s",
    async (scheme) => {
      await using folder = await makeTempFolder();
      await using program = await start(folder.path);
      const options = { colorScheme: scheme, bypassCSP: true };
      await using opened = await browser.open(await addressOf(program), options);
      const { page } = opened;
      expect(await seriousFaults(page)).toEqual([]);
      await create(page, "agent1", "cats");
      await page.locator(".step").nth(1).waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await statusOnPage(page, "paused");
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.keyboard.press("j");
      await page.keyboard.press("x");
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press("d");
      await page.getByRole("dialog").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await closeDialog(page);
      await page.keyboard.press("c");
      await page.getByRole("dialog").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await closeDialog(page);
      await page.keyboard.press("q");
      await page.locator("table.queue tbody tr").first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    },
  );
});

/**
 * The browser closes a dialog some moments after the key, and the page hears of it a moment later: until
 * the element is gone, keys are not for the page.
 */
async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
}

async function iterationOf(page: Page): Promise<number> {
  const text = await page.locator(".entries .step-number").last().textContent();
  return Number(text?.replace("Step", ""));
}
