/** The life of one real thread, seen from the main thread. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { UNSTORED_STEPS_MAX } from "../../../src/actor/loop.ts";
import type { ActorSpec, Report } from "../../../src/boundary/protocol.ts";
import { Child } from "../../../src/supervisor/thread/child.ts";
import { UnassignedThread } from "../../../src/supervisor/thread/unassigned-thread.ts";
import { guidanceOf, sampleSpec } from "../../support/actor-harness.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";
import { useFakeClock } from "../../support/fake-clock.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

type Kind = Report["kind"];
type ReportOf<K extends Kind> = Extract<Report, { readonly kind: K }>;

interface Started {
  readonly child: Child;
  readonly thread: UnassignedThread;
  readonly reports: readonly Report[];
  /** The first report of a kind, of those so far and to come. */
  readonly report: <K extends Kind>(kind: K) => Promise<ReportOf<K>>;
}

/** Gives a new thread an agent with this definition; the thread is gone after the test. */
async function start(definition: string, given: Partial<ActorSpec> = {}): Promise<Started> {
  const folder = await makeTempFolder();
  const file = join(folder.path, "agent.mjs");
  await writeFile(file, `export default { type: "test", ${definition} };`);
  const thread = new UnassignedThread({ rights: { env: codeCacheEnv } });
  const reports: Report[] = [];
  const spec = { ...sampleSpec, moduleUrl: pathToFileURL(file).href, ...given };
  const take = (report: Report) => void reports.push(report);
  const child = new Child({
    spec,
    thread,
    onReady: () => take({ kind: "ready" }),
    onSettled: (_child, report) => take(report),
    onStep: (_child, report) => take(report),
    onEffects: (_child, report) => take(report),
    onProgress: (_child, report) => take(report),
    onLlm: take,
    onLog: take,
  });
  onTestFinished(async () => {
    child.terminate();
    await child.ended;
    await folder[Symbol.asyncDispose]();
  });
  const report = <K extends Kind>(kind: K) =>
    until(() => reports.find((each): each is ReportOf<K> => each.kind === kind));
  return { child, thread, reports, report };
}

const sleeps = "async step(ctx) { await ctx.sleep(1e9); return { result: 'awake' }; }";
const loops = "step() { for (;;); }";

describe("a child's start", () => {
  test("has ended once setup has, and reports that first", async () => {
    const { child, reports } = await start(sleeps);
    expect([child.hasBegun, child.isReady, child.hasEnded]).toEqual([false, false, false]);
    expect(await child.started).toBeUndefined();
    expect([child.hasBegun, child.isReady, child.hasEnded]).toEqual([true, true, false]);
    expect(reports[0]).toEqual({ kind: "ready" });
  });

  test("ends with the thread if setup throws, and its code names the start", async () => {
    const { child } = await start(`setup() { throw new Error("no"); }, ${sleeps}`);
    const end = await child.started;
    expect(end).toMatchObject({
      reason: "unsaid",
      error: { code: "AGENT_START_FAILED", message: expect.stringContaining("no") },
    });
    expect(await child.ended).toBe(end);
    expect([child.isReady, child.hasEnded]).toEqual([false, true]);
  });

  test("keeps the code of a failure that has its own", async () => {
    const { child } = await start(sleeps, { moduleUrl: "file:///nowhere/agent.mjs" });
    const { error } = (await child.started) ?? {};
    expect(error?.code).toMatch(/^AGENT_/);
    expect(error?.code).not.toBe("AGENT_START_FAILED");
  });

  test("has thirty seconds, and no more", async () => {
    using clock = useFakeClock();
    const { child } = await start(`setup: () => new Promise(() => undefined), ${sleeps}`);
    await child.online;
    await clock.advance(29_999);
    expect(child.hasEnded).toBe(false);
    await clock.advance(1);
    expect(await child.started).toMatchObject({
      reason: "unsaid",
      error: { code: "AGENT_START_TIMEOUT", message: "agent1 must end its setup within 30 s" },
    });
  });

  test("that has ended leaves no deadline behind", async () => {
    using clock = useFakeClock();
    const { child } = await start(sleeps);
    await child.started;
    await clock.advance(30_000);
    expect(child.hasEnded).toBe(false);
  });
});

describe("a child's end", () => {
  test("is `stopped` if a stop was requested", async () => {
    const { child } = await start(sleeps);
    await child.started;
    child.setDesired("stop");
    expect(await child.ended).toEqual({
      code: 0,
      reason: "stopped",
      error: undefined,
      hasThrown: false,
    });
    expect(child.hasEnded).toBe(true);
  });

  test("is `finished` if the agent was done", async () => {
    const { child } = await start("step: () => ({ result: 1, done: true })");
    expect(await child.ended).toEqual({
      code: 0,
      reason: "finished",
      error: undefined,
      hasThrown: false,
    });
  });

  test("has the error that the step threw", async () => {
    const { child } = await start(`step() { throw new Error("not today"); }`);
    expect(await child.ended).toMatchObject({
      reason: "unsaid",
      error: { code: "AGENT_STEP_FAILED", message: "not today" },
    });
  });

  test("is not a failure if only `onStop` threw", async () => {
    const { child } = await start(`onStop() { throw new Error("late"); }, ${sleeps}`);
    await child.started;
    child.setDesired("stop");
    expect(await child.ended).toMatchObject({ reason: "stopped", error: undefined });
  });

  test("has the exit code of an agent that ends its own thread, and no reason", async () => {
    const { child } = await start("step() { process.exit(7); }");
    expect(await child.ended).toMatchObject({ code: 7, reason: "unsaid" });
  });

  test("has the reason for its termination, the first of several", async () => {
    const { child, report } = await start(loops);
    await report("ready");
    child.terminate({ code: "AGENT_OUT_OF_MEMORY", message: "first" });
    child.terminate({ code: "AGENT_UNRESPONSIVE", message: "second" });
    expect(await child.ended).toEqual({
      code: 1,
      reason: "unsaid",
      error: { code: "AGENT_OUT_OF_MEMORY", message: "first" },
      hasThrown: false,
    });
  });

  test("follows a message that is not a report, which is not passed on", async () => {
    const { child, thread, reports } = await start(sleeps);
    await child.started;
    const before = reports.length;
    thread.worker.emit("message", { kind: "step", iteration: "two" });
    expect(await child.ended).toMatchObject({ error: { code: "AGENT_REPORT_INVALID" } });
    expect(reports.slice(before).map(({ kind }) => kind)).not.toContain("step");
  });
});

describe("a child that runs", () => {
  test("rests when a pause is desired, and answers with its version", async () => {
    const { child, report } = await start(sleeps);
    await until(() => child.position.phase === "step");
    child.setDesired("pause");
    expect(await report("settled")).toEqual({
      kind: "settled",
      desiredVersion: child.desiredVersion,
    });
    expect(child.position).toEqual({ phase: "paused", iteration: 1 });
    child.setDesired("run");
    await until(() => child.position.phase === "step");
    expect(child.steps.since).toBeGreaterThan(0);
  });

  test("is aborted by main: the signal of its step fires", async () => {
    const waits = `step: ({ signal, log }) => new Promise((resolve) => {
      log.info("waits");
      signal.addEventListener("abort", () => resolve({ result: "aborted" }));
    })`;
    const { child, report } = await start(waits);
    await report("log");
    child.setDesired("stop");
    child.abort();
    expect(await report("step")).toMatchObject({ result: "aborted" });
    expect(await child.ended).toMatchObject({ reason: "stopped" });
  });

  test("receives guidance, and reports which of it a step has used", async () => {
    const { child, report } = await start(
      `step: async (ctx) => {
        if (ctx.guidance.length === 0) { await ctx.sleep(1e9); return { result: "" }; }
        ctx.log.info(JSON.stringify(ctx.guidance));
        return { result: "used", done: true };
      }`,
    );
    await child.started;
    child.interrupt(guidanceOf({ n: 7 }, "action1"), "next");
    expect((await report("log")).message).toContain("7");
    expect(await child.ended).toMatchObject({ reason: "finished" });
  });

  test("waits once too many of its steps are not stored, and continues when they are", async () => {
    const { child, reports } = await start("step: () => ({ result: 1 })", { iteration: 5 });
    const steps = () => reports.filter(({ kind }) => kind === "step").length;
    await until(() => child.position.phase === "waiting" && steps() === UNSTORED_STEPS_MAX);
    child.stored(5 + UNSTORED_STEPS_MAX);
    await until(() => steps() === 2 * UNSTORED_STEPS_MAX);
    expect(child.position.iteration).toBe(5 + 2 * UNSTORED_STEPS_MAX);
  });

  test("is measured, also inside a loop; once it has ended there is nothing to measure", async () => {
    const { child, report } = await start(loops);
    await report("ready");
    const measure = () => child.measure();
    expect(await measure()).toMatchObject({
      heapBytes: expect.any(Number),
      externalBytes: expect.any(Number),
      cpuMs: expect.any(Number),
    });
    await until(() => child.workedMs > 0);
    child.terminate();
    await child.ended;
    expect(await measure()).toBeUndefined();
  });

  test("counts as unresponsive while its event loop does not turn, until it has ended", async () => {
    const { child } = await start(loops);
    await until(() => child.position.phase === "step");
    expect(child.unresponsiveSince).toBeUndefined();
    // No time passes between these checks, so the thread has not waited for a processor.
    const changes = [500, 500, 500, 500, 500].map((ms) => child.checkLiveness(ms));
    expect(changes.filter((change) => change !== undefined)).toEqual(["fell_silent"]);
    expect(child.silentMs).toBeGreaterThanOrEqual(2_000);
    expect(child.isStarved).toBe(false);
    expect(child.unresponsiveSince).toBeLessThanOrEqual(Date.now() - 2_000);
    child.terminate();
    await child.ended;
    expect(child.unresponsiveSince).toBeUndefined();
  });
});
