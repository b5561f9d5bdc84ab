/**
 * What an open page costs the browser and the line: its first load, then the list and the timeline of a
 * fleet in which each agent steps once a second. The fleet and the browser share the machine.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { CDPSession, Page } from "playwright-core";
import { Browser } from "../test/support/browser.ts";
import { startByteRelay } from "./byte-relay.ts";
import { createAgents } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { type Measure, report } from "./report.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 60);
const rhythm = { interval_ms: 1_000, rhythm_ms: 1_000 };
/** Until the load of a start, of the fleet's or of the page's, is over. */
const SETTLE_MS = 5_000;

/** The browser reports tasks of 50 ms and more. */
const watchLongTasks = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
  }).observe({ type: "longtask" });
`;

const SCRIPT_MS_MOST = 40;
const LONG_TASK_MS_MOST = 100;
const HEAP_MB_MOST = 40;
const LINE_KB_MOST = 60;
const FIRST_LOAD_KB_MOST = 90;

await using fleet = await startFleet();
const { url, token } = fleet.troupe.server;
await using relay = await startByteRelay(url);
await using browser = await Browser.start();

const measures: Measure[] = [];
{
  await using opened = await open("");
  await opened.page.waitForLoadState("networkidle");
  const value = relay.sent / 1e3;
  measures.push({ what: "first load, no agents", value, unit: "kB", most: FIRST_LOAD_KB_MOST });
}
await createAgents(fleet.troupe, AGENTS, "restless", rhythm);
await delay(SETTLE_MS);
for (const [name, hash] of [
  ["list", "#/"],
  ["timeline", "#/timeline"],
] as const) {
  await using opened = await open(hash);
  measures.push(...(await measure(name, opened.page)));
}
report("page", measures);

async function open(hash: string) {
  const address = new URL(relay.origin);
  address.searchParams.set("token", token);
  address.hash = hash;
  return await browser.open(address.href);
}

async function measure(name: string, page: Page): Promise<readonly Measure[]> {
  await delay(SETTLE_MS);
  await page.evaluate(watchLongTasks);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const before = await figuresOf(session);
  const sentBefore = relay.sent;
  await delay(SECONDS * 1_000);
  const sent = relay.sent - sentBefore;
  await page.locator(".connection", { hasText: "Live" }).waitFor();
  await page.locator(".figure", { hasText: `Agents${AGENTS.toLocaleString("en")}` }).waitFor();
  const after = await figuresOf(session);
  const longest = Number(await page.evaluate("Math.max(0, ...globalThis.longTasks)"));
  await session.send("HeapProfiler.collectGarbage");
  const { heapBytes } = await figuresOf(session);
  const scriptMs = ((after.scriptSeconds - before.scriptSeconds) * 1e3) / SECONDS;
  const taskMs = ((after.taskSeconds - before.taskSeconds) * 1e3) / SECONDS;
  const row = (what: string, value: number, unit: string, most?: number): Measure =>
    most === undefined
      ? { what: `${name}: ${what}`, value, unit }
      : { what: `${name}: ${what}`, value, unit, most };
  return [
    row("script a second", scriptMs, "ms", SCRIPT_MS_MOST),
    row("all work of its thread a second", taskMs, "ms"),
    row("longest task", longest, "ms", LONG_TASK_MS_MOST),
    row("heap", heapBytes / 1e6, "MB", HEAP_MB_MOST),
    row("line a second", sent / 1e3 / SECONDS, "kB", LINE_KB_MOST),
  ];
}

interface PageFigures {
  readonly scriptSeconds: number;
  readonly taskSeconds: number;
  readonly heapBytes: number;
}

async function figuresOf(session: CDPSession): Promise<PageFigures> {
  const { metrics } = await session.send("Performance.getMetrics");
  const named = new Map(metrics.map(({ name, value }) => [name, value]));
  return {
    scriptSeconds: named.get("ScriptDuration") ?? Number.NaN,
    taskSeconds: named.get("TaskDuration") ?? Number.NaN,
    heapBytes: named.get("JSHeapUsedSize") ?? Number.NaN,
  };
}
