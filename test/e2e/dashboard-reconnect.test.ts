/** A page whose connection is cut while events flow shows each step once it is back. */

import type { Page, WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { until } from "../support/until.ts";

/** More steps than a page of them, for each guidance. */
const BURST = 100;
const bursts = `export default {
  type: "bursts",
  interval_ms: 0,
  step: ({ iteration: n }) => ({
    result: "done " + n,
    next: n % ${BURST} === 0 ? "guidance" : undefined,
  }),
};`;

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "bursts.mjs": bursts } });
  const created = stage.database.queue.agentCreate("bursts1", "test", { agentType: "bursts" });
  await stage.database.processed(created);
  await reached(BURST);
});
afterAll(() => stage[Symbol.asyncDispose]());

async function reached(step: number): Promise<void> {
  await stage.database.agent("bursts1", ({ iteration }) => iteration === step);
}

async function burst(): Promise<void> {
  await stage.database.queue.agentInterrupt("bursts1", "test", { more: true });
}

/** The line between page and server. */
class Line {
  #isCut = false;
  #open: WebSocketRoute | undefined;

  async join(page: Page): Promise<void> {
    await page.routeWebSocket(/\/api\/ws/, (route) => {
      if (this.#isCut) return void route.close();
      route.connectToServer();
      this.#open = route;
    });
  }

  async cut(): Promise<void> {
    this.#isCut = true;
    await this.#open?.close();
  }

  mend(): void {
    this.#isCut = false;
  }
}

/** The numbers of the steps on the page, oldest first. */
async function shownSteps(page: Page): Promise<readonly number[]> {
  const titles = await page
    .locator(".entries .step-number")
    .evaluateAll((marks) => marks.map((mark) => mark.getAttribute("title")));
  return titles.map((title) => Number(/^Step (\d+),/.exec(title ?? "")?.[1]));
}

test("steps that were missed while the connection was cut are read, whatever comes first", async () => {
  const line = new Line();
  await using opened = await stage.browser.open("about:blank");
  const { page, faults } = opened;
  await line.join(page);
  await page.goto(await stage.address());
  await page.goto(new URL("/#/agents/bursts1", page.url()).href);
  await page.locator(".entries .step", { hasText: `done ${BURST}` }).waitFor();

  await line.cut();
  await page.getByText("Not connected.").waitFor();
  await burst();
  await reached(2 * BURST);

  // The events of the next steps are there before the newest page is read.
  const reading = Promise.withResolvers<void>();
  const mayRead = Promise.withResolvers<void>();
  await page.route("**/api/agents/bursts1/steps?limit=*", async (route) => {
    reading.resolve();
    await mayRead.promise;
    await route.continue();
  });
  line.mend();
  await reading.promise;
  await burst();
  await page.locator(".entries .step", { hasText: `done ${3 * BURST}` }).waitFor();
  mayRead.resolve();

  const shown = await until(async () => {
    await page.locator(".agent-page").evaluate((pane) => pane.scrollTo(0, 0));
    const numbers = await shownSteps(page);
    const [first = Number.POSITIVE_INFINITY] = numbers;
    // Until the newest page is there, the steps of events follow those from before the cut.
    return first <= BURST && numbers.every((number, n) => number === first + n) && numbers;
  });
  expect(shown.at(-1)).toBe(3 * BURST);
  expect(faults).toEqual([]);
});

/** Sockets fail, and the first stream of events brings nothing once the test says so. */
const stalledStream = `
  globalThis.WebSocket = class extends EventTarget {
    static CONNECTING = 0;
    static OPEN = 1;
    readyState = 3;
    constructor() { super(); setTimeout(() => this.onclose?.()); }
    close() {}
  };
  globalThis.streams = 0;
  globalThis.EventSource = class extends EventSource {
    nth = (globalThis.streams += 1);
    set onmessage(take) {
      super.onmessage = (message) => (this.nth === globalThis.stalled ? undefined : take(message));
    }
  };
`;

test("a stream without data, where sockets do not work, is reported and replaced", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  await page.addInitScript(stalledStream);
  await page.clock.install();
  await page.goto(await stage.address());
  const after = async (text: string) => {
    await until(async () => {
      await page.clock.runFor(1_000);
      return (await page.locator(".connection").textContent())?.includes(text);
    });
  };
  await after("Live");
  expect(await page.evaluate("streams")).toBe(1);
  await page.evaluate("globalThis.stalled = 1");
  await after("No data");
  expect(await page.evaluate("streams")).toBe(1);
  await after("Reconnecting");
  await after("Live");
  // Perhaps several: the page's clock is faster than the server's answer.
  expect(await page.evaluate("streams")).toBeGreaterThan(1);
});

test("a stream that needs long to open, where sockets do not work, has more time each time", async () => {
  await using opened = await stage.browser.open("about:blank");
  const { page } = opened;
  await page.addInitScript(stalledStream);
  await page.clock.install();
  // Never answered.
  await page.route(/\/api\/events/, () => undefined);
  await page.goto(await stage.address());
  const streams = () => page.evaluate<number>("streams");
  await until(async () => {
    await page.clock.runFor(1_000);
    return (await streams()) === 1;
  });
  for (const [seconds, count] of [
    [17, 2],
    [32, 3],
    [55, 3],
  ] as const) {
    await page.clock.runFor(seconds * 1_000);
    expect(await streams(), `${seconds} s later`).toBe(count);
  }
});
