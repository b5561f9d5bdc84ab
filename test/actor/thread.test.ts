/** The thread around an actor: its end, and what foreign code inside cannot reach. */

import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { ActorHarness, sampleSpec, startActor } from "../support/actor-harness.ts";
import { codeCacheEnv } from "../support/code-cache.ts";

test("the last reports always arrive, though the thread exits immediately", async () => {
  const module = `export default { type: "test",
    step(ctx) { for (let i = 0; i < 40; i++) ctx.log.info("line " + i, { pad: "x".repeat(5000) }); return { result: "last", done: true }; },
  };`;
  for (let round = 0; round < 5; round += 1) {
    await using actor = await startActor({ module });
    expect(await actor.exited).toBe(0);
    expect(actor.ofKind("log")).toHaveLength(40);
    expect(actor.reports.slice(-2).map(({ kind }) => kind)).toEqual(["step", "ended"]);
  }
});

test("timers, ports and servers that the agent left behind do not hold the thread", async () => {
  const module = `import { createServer } from "node:net";
    setInterval(() => {}, 1000);
    new BroadcastChannel("left").onmessage = () => {};
    createServer().listen(0, "127.0.0.1");
    export default { type: "test", step: () => ({ result: "" }) };`;
  await using actor = await startActor({ module });
  await actor.next("step");
  await actor.setDesired("stop");
  await actor.next("ended");
  expect(await actor.exited).toBe(0);
});

test("an agent that replaced the clocks and the timers changes its own alone", async () => {
  const module = `const far = () => 1e300;
    Date.now = far; performance.now = far; globalThis.Date = class { static now = far; };
    for (const name of ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval"])
      globalThis[name] = () => { throw new Error("fake"); };
    export default { type: "test", async step(ctx) {
      await ctx.sleep(1);
      ctx.log.info("at " + Date.now());
      return { result: "stepped" };
    } };`;
  const before = Date.now();
  await using actor = await startActor({ module });
  await actor.logged("at 1e+300");
  const { result, startedAt, endedAt } = await actor.next("step");
  expect(result).toBe("stepped");
  expect(startedAt).toBeGreaterThanOrEqual(before);
  expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  expect(endedAt).toBeLessThanOrEqual(Date.now());
  await actor.next("step");
  await actor.setDesired("stop");
  expect(await actor.exited).toBe(0);
});

test("an agent that replaced process.exit ends all the same", async () => {
  const module = `process.exit = () => {}; setInterval(() => {}, 1000);
    export default { type: "test", step: () => ({ result: "", done: true }) };`;
  await using actor = await startActor({ module });
  expect(await actor.exited).toBe(0);
});

test("onStop runs before the end, and an error of it is reported but changes nothing", async () => {
  const module = `export default { type: "test", step: () => ({ result: "" }),
    async onStop(ctx) { ctx.log.info("cleans up"); throw new Error("stuck"); } };`;
  await using actor = await startActor({ module });
  await actor.next("step");
  await actor.setDesired("stop");
  await actor.logged("cleans up");
  expect(await actor.next("failed")).toMatchObject({
    phase: "stop",
    error: { code: "AGENT_STOP_FAILED", message: "stuck" },
  });
  expect(await actor.next("ended")).toEqual({ kind: "ended", reason: "stopped" });
  expect(await actor.exited).toBe(0);
});

test("the port is out of the agent's reach", async () => {
  const module = `import { parentPort, workerData } from "node:worker_threads";
    import workerThreads from "node:worker_threads";
    import { MessagePort } from "node:worker_threads";
    const seen = [];
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (...args) { seen.push(String(args[0]?.kind)); return post.apply(this, args); };
    export default { type: "test", step: (ctx) => ({ result: {
      workerData, parentPort, others: [workerThreads.parentPort, process.getBuiltinModule("node:worker_threads").parentPort], handles: process._getActiveHandles?.().length ?? null, seen, onCtx: Object.keys(ctx).filter((k) => /port|control|send/i.test(k)),
    } }) };`;
  await using actor = await startActor({ module });
  await actor.next("step");
  expect(JSON.parse(String((await actor.next("step")).result))).toEqual({
    workerData: {},
    parentPort: null,
    others: [null, null],
    handles: null,
    seen: [],
    onCtx: [],
  });
});

test("the environment and arguments of the process are not the agent's", async () => {
  const module = `export default { type: "test", step: () => ({ result: { env: { ...process.env }, execArgv: process.execArgv } }) };`;
  await using actor = await startActor({ module });
  const { result } = await actor.next("step");
  expect(JSON.parse(String(result))).toEqual({ env: codeCacheEnv, execArgv: [] });
});

test("a second agent for the same thread is refused", async () => {
  const module = `export default { type: "test", step: (ctx) => ({ result: ctx.agentId }) };`;
  await using actor = await startActor({ module });
  await actor.next("ready");
  await actor.send("start", { agentId: "agent2", guidance: [] } as never);
  await actor.next("step");
  expect(new Set(actor.ofKind("step").map(({ result }) => result))).toEqual(new Set(["agent1"]));
  expect(actor.ofKind("ready")).toHaveLength(1);
});

test("a thread that never got an agent ends on a stop", async () => {
  await using actor = new ActorHarness();
  await actor.link.wake();
  await actor.setDesired("stop");
  expect(await actor.next("ended")).toEqual({ kind: "ended", reason: "stopped" });
  expect(await actor.exited).toBe(0);
});

test("the heart beats while a step waits", async () => {
  await using actor = await startActor({
    module: `export default { type: "test", async step(ctx) { await gate(ctx); return { result: "" }; } };`,
  });
  await actor.logged("at the gate");
  const { heartbeat } = actor.control;
  await expect.poll(() => actor.control.heartbeat).toBeGreaterThan(heartbeat);
});

test.runIf(process.platform === "linux")(
  "the thread gives way to the others of the process",
  async () => {
    const module = `import { getPriority } from "node:os";
    export default { type: "test", step: () => ({ result: getPriority(0) }) };`;
    await using actor = await startActor({ module });
    expect(await actor.next("step")).toMatchObject({ result: "10" });
    expect(getPriority(0)).toBe(0);
  },
);

test("a thread that is stopped before its agent has started runs nothing of it, not even the module", async () => {
  await using actor = new ActorHarness();
  actor.control.setDesired("stop");
  expect(actor.control.heartbeat).toBe(0);
  const moduleUrl = `data:text/javascript,throw new Error("it runs")`;
  void actor.link.start({ ...sampleSpec, moduleUrl });
  expect(await actor.next("ended")).toEqual({ kind: "ended", reason: "stopped" });
  expect(actor.reports).toHaveLength(1);
});

test.runIf(process.platform === "linux")(
  "the operating system's name of a thread is the end of its agent's",
  async () => {
    const module = `import { readFileSync } from "node:fs";
    export default { type: "test", step: () => ({ result: readFileSync("/proc/thread-self/comm", "utf8").trim() }) };`;
    await using actor = await startActor({
      module,
      spec: { agentId: parseAgentId("researcher-000042") },
    });
    expect((await actor.next("step")).result).toBe("searcher-000042");
  },
);
