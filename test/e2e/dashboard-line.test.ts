/** The page on a bad line: answers that are lost, a silent connection, a server that changes meanwhile. */

import type { Page, WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFaults } from "../support/browser.ts";
import { addressOf, isCut, receipt, statusOnPage } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const calm = `export default {
  type: "calm",
  interval_ms: 0,
  step: () => ({ result: "done", next: "guidance" }),
};`;

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "calm.mjs": calm } });
  const { database } = stage;
  await database.processed(database.queue.agentCreate("calm1", "test", { agentType: "calm" }));
});
afterAll(() => stage[Symbol.asyncDispose]());

interface Row {
  readonly agent_id: string;
  readonly action: string;
}

/** As the page reads them. */
async function rowsOf(page: Page, path: string): Promise<readonly Row[]> {
  return await page.evaluate(
    `fetch("${path}").then((answer) => answer.json()).then(({ items }) => items)`,
  );
}

test("an action whose answers are lost is sent again, and carried out once", async () => {
  await using opened = await stage.openAgent("calm1");
  const { page, faults } = opened;
  let lost = 0;
  await page.route("**/api/actions", async (route) => {
    if (lost === 2) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator(".receipt", { hasText: "no answer yet, sending again" }).waitFor();
  await receipt(page, "Paused calm1");
  await statusOnPage(page, "paused");
  expect(lost).toBe(2);
  const rows = await rowsOf(page, "/api/actions?agent_id=calm1");
  expect(rows.map(({ action }) => action)).toEqual(["agent_pause", "create_agent"]);
  expect(faults.filter((fault) => !fault.includes("ERR_FAILED"))).toEqual([]);
});

test("a form whose answer is lost creates one agent, even if it is sent again by hand", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  let isCut = true;
  await page.clock.install();
  await page.route("**/api/agents", async (route) => {
    if (route.request().method() !== "POST" || !isCut) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await page.goto(new URL("/#/create", page.url()).href);
  const form = page.getByRole("dialog");
  await form.getByLabel("Type").selectOption("calm");
  const submit = form.getByRole("button", { name: "Create agent" });
  await submit.click();
  await until(async () => {
    await page.clock.fastForward(5_000);
    return await form.getByText("No answer").isVisible();
  });
  isCut = false;
  await submit.click();
  await statusOnPage(page, "running");
  expect(await page.locator('.receipt[data-state="unanswered"]').count()).toBe(0);
  const agents = await rowsOf(page, "/api/agents");
  expect(agents.filter(({ agent_id }) => agent_id.startsWith("agent-"))).toHaveLength(1);
});

test("an answer about a form that was closed changes nothing in the next one", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  const answered = Promise.withResolvers<void>();
  await page.route("**/api/agents", async (route) => {
    if (route.request().method() === "POST") await answered.promise;
    await route.continue();
  });
  const form = page.getByRole("dialog");
  const fill = async (name: string, text: string) => {
    await page.goto(new URL("/#/create", page.url()).href);
    await form.getByLabel(name, { exact: true }).fill(text);
  };
  await fill("Id", "first");
  await form.getByRole("button", { name: "Create agent" }).click();
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "detached" });
  await fill("Subject", "second");
  answered.resolve();
  await receipt(page, "Created first");
  expect(await form.getByLabel("Subject").inputValue()).toBe("second");
});

/** The page's connections for events, of which the first ones bring nothing. */
async function followLine(page: Page) {
  const line = { opened: 0, answers: 0, stalled: 0 };
  await page.routeWebSocket(/\/api\/ws/, (route) => {
    line.opened += 1;
    const nth = line.opened;
    route.connectToServer().onMessage((message) => {
      if (nth <= line.stalled) return;
      route.send(message);
      if (String(message).includes('"subscribed"')) line.answers += 1;
    });
  });
  await page.clock.install();
  await page.goto(await stage.address());
  const connection = page.locator(".connection");
  await connection.filter({ hasText: "Live" }).waitFor();
  const after = async (text: string) => {
    await until(async () => {
      await page.clock.runFor(1_000);
      return (await connection.textContent())?.includes(text);
    });
  };
  return { line, connection, after };
}

test("a connection without data is reported, and replaced", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  const { line, after } = await followLine(page);
  line.stalled = 1;
  await after("No data");
  expect(line.opened).toBe(1);
  expect(await page.getByRole("button", { name: "Retry now" }).count()).toBe(1);
  // The words and the button have room on a phone, too.
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.getByRole("button", { name: "Retry now" }).count()).toBe(1);
  expect(await isCut(page)).toBe(false);
  await after("Reconnecting");
  expect(await page.title()).toBe("Not connected · Troupe");
  await after("Live");
  expect(line.opened).toBe(2);
  expect(await page.title()).toBe("Troupe");
});

test("a new connection is not shown as live before it brings something", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  const { line, connection, after } = await followLine(page);
  line.stalled = 2;
  await after("No data");
  await connection.getByRole("button", { name: "Retry now" }).click();
  await until(() => line.opened === 2);
  expect(await connection.textContent()).toContain("Reconnecting");
  await after("Live");
  expect(line.opened).toBe(3);
});

test("a page that comes to the front gives its connection time to answer", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  await page.addInitScript(background);
  const { line, connection } = await followLine(page);
  const show = (isAway: boolean) =>
    page.evaluate(
      `globalThis.isAway = ${isAway}; document.dispatchEvent(new Event("visibilitychange"))`,
    );
  const { answers } = line;
  await show(true);
  await until(() => line.answers > answers);
  line.stalled = 1;
  // The browser has called no timer meanwhile.
  await page.clock.setSystemTime(Date.now() + 60_000);
  await show(false);
  await page.clock.runFor(2_000);
  expect(await connection.textContent()).toContain("Live");
  expect(line.opened).toBe(1);
});

/** Lets a test put the page into the background. */
const background = `
  Object.defineProperty(document, "hidden", { get: () => globalThis.isAway === true });
`;

/** The browser's part of notifications, which the headless one refuses. */
const notifications = `
  globalThis.shown = [];
  globalThis.Notification = class {
    constructor(title, { body }) { shown.push([title, body]); }
    static permission = "granted";
  };
  localStorage.setItem("troupe.notify", "on");
`;

test("a background page that is not connected for a minute notifies of it, once", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  let open: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/api\/ws/, (route) => {
    if (open !== undefined) return void route.close();
    route.connectToServer();
    open = route;
  });
  await page.addInitScript(`${background}${notifications}`);
  await page.clock.install();
  await page.goto(await stage.address());
  await page.locator(".connection", { hasText: "Live" }).waitFor();
  await page.evaluate("globalThis.isAway = true");
  await open?.close();
  await page.getByText("Not connected.").waitFor();
  const shown = () => page.evaluate("shown");
  await page.clock.runFor(55_000);
  expect(await shown()).toEqual([]);
  await page.clock.runFor(60_000);
  expect(await shown()).toEqual([
    ["Troupe is not connected", "Nothing is reported until the page has reconnected."],
  ]);
});

test("a session that the server refuses stays signed out until it is accepted again", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  let open: WebSocketRoute | undefined;
  let isRefused = false;
  await page.routeWebSocket(/\/api\/ws/, (route) => {
    if (isRefused) return void route.close();
    route.connectToServer();
    open = route;
  });
  await page.goto(await stage.address());
  const connection = page.locator(".connection");
  await connection.filter({ hasText: "Live" }).waitFor();
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  isRefused = true;
  await open?.close();
  await connection.filter({ hasText: "Signed out" }).waitFor();
  for (let asked = 0; asked < 3; asked += 1) {
    await page.waitForResponse((response) => response.status() === 401);
    expect(await connection.textContent()).toBe("Signed out");
  }
  await page.getByText("Signed out.").waitFor();
  expect(await page.title()).toBe("Signed out · Troupe");
  isRefused = false;
  await page.context().addCookies(cookies);
  await connection.filter({ hasText: "Live" }).waitFor();
});

test("a part that cannot be loaded has a button that loads the page again", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  await page.locator("#agent-calm1").waitFor();
  await page.route(/timeline-page-/, (route) => route.abort());
  await page.keyboard.press("t");
  await page.getByRole("alert").filter({ hasText: "could not be loaded" }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.unroute(/timeline-page-/);
  await page.getByRole("button", { name: "Reload the page" }).click();
  await page.locator(".main-timeline canvas").first().waitFor();
});

test("a page that is older than the server reports it after the server has restarted", async () => {
  await using folder = await makeTempFolder();
  await using program = await Program.start({ cwd: folder.path });
  const address = await addressOf(program);
  await using opened = await stage.browser.open(address);
  await using kept = await stage.browser.open(address);
  const { page } = opened;
  for (const each of [page, kept.page])
    await each.getByRole("heading", { name: "No agents yet" }).waitFor();
  expect(await program.end()).toBe(0);
  await page.getByText("Not connected.").waitFor();
  const body = '<script type="module" src="assets/page-NEWER.js"></script>';
  for (const each of [page, kept.page]) {
    await each.route(new URL("/", address).href, (route) =>
      route.fulfill({ contentType: "text/html", body }),
    );
  }
  const env = { TROUPE_PORT: new URL(address).port };
  await using _newer = await Program.start({ cwd: folder.path, env });
  const words = "The server has a newer version of this page.";
  await kept.page.getByText(words).waitFor();
  await kept.page.getByRole("button", { name: "Dismiss" }).click();
  await kept.page.getByText(words).waitFor({ state: "detached" });
  await page.getByText(words).waitFor();
  await page.unrouteAll();
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("heading", { name: "No agents yet" }).waitFor();
  await page.locator(".connection", { hasText: "Live" }).waitFor();
  expect(await page.locator(".alert").count()).toBe(0);
});
