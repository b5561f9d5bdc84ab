/** The control block: both sides see the same words, and a desired state is one word. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { ActorControl, MainControl } from "../../src/boundary/control-block.ts";
import { ThreadHold } from "../../src/supervisor/thread/thread-hold.ts";

test("a fresh block wishes to run, and nothing has happened in it", () => {
  const main = new MainControl();
  expect(new ActorControl(main.buffer).readDesired()).toEqual({ desired: "run", version: 0 });
  expect(main).toMatchObject({ heartbeat: 0, iteration: 0, phase: "starting" });
});

test("every desired state has its own version, even a repeated one", () => {
  const main = new MainControl();
  const actor = new ActorControl(main.buffer);
  fc.assert(
    fc.property(fc.array(fc.constantFrom("run", "pause"), { minLength: 1 }), (wanted) => {
      for (const desired of wanted) {
        const before = actor.readDesired().version;
        const version = main.setDesired(desired);
        expect(version).toBe(before + 1);
        expect(actor.readDesired()).toEqual({ desired, version });
      }
    }),
  );
});

test("a stop is final", () => {
  const main = new MainControl();
  const actor = new ActorControl(main.buffer);
  main.setDesired("pause");
  const version = main.setDesired("stop");
  expect(main.setDesired("run")).toBe(version);
  expect(actor.readDesired()).toEqual({ desired: "stop", version });
  expect(actor.isStopDesired()).toBe(true);
});

test("main reads what the actor writes, and the heartbeat past its greatest value", () => {
  const main = new MainControl();
  const actor = new ActorControl(main.buffer);
  main.assign(7);
  actor.setIteration(41);
  actor.setPhase("paused");
  const before = main.heartbeat;
  actor.beat();
  expect(actor.generation).toBe(7);
  expect(main.iteration).toBe(41);
  expect(main.phase).toBe("paused");
  expect(main.heartbeat).not.toBe(before);
});

test("the start of a step is read as written, and as now after the clock was set back", () => {
  const main = new MainControl();
  const actor = new ActorControl(main.buffer);
  const earlier = Date.now() - 5_000;
  actor.beginStep(1, earlier);
  expect(main.stepStartedAt).toBe(earlier);
  const before = Date.now();
  actor.beginStep(2, before + 60_000);
  expect(main.stepStartedAt).toBeGreaterThanOrEqual(before);
  expect(main.stepStartedAt).toBeLessThanOrEqual(Date.now());
});

test("a reader in another thread never finds less time in holds than before, whenever one ends", async () => {
  const main = new MainControl();
  const module = new URL("../../src/boundary/control-block.ts", import.meta.url).href;
  // Each hold is much longer than what rounding can hide; it reports the largest fall.
  const code = `import { parentPort, workerData } from "node:worker_threads";
    const { ActorControl } = await import(workerData.module);
    const control = new ActorControl(workerData.buffer);
    parentPort.postMessage("ready");
    let [last, fall] = [0, 0];
    while (!control.isStopDesired()) {
      const { heldMs } = control;
      fall = Math.max(fall, last - heldMs);
      last = heldMs;
    }
    parentPort.postMessage(fall);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { buffer: main.buffer, module },
  });
  onTestFinished(() => worker.terminate().then(() => undefined));
  await once(worker, "message");
  const fall = once(worker, "message");
  const hold = new ThreadHold(main);
  const startedAt = performance.now();
  for (let n = 0; n < 20; n += 1) {
    using _running = hold.begin();
    while (performance.now() - startedAt < (n + 1) * 10);
  }
  main.setDesired("stop");
  expect((await fall)[0]).toBeLessThanOrEqual(2);
  expect(new ActorControl(main.buffer).heldMs).toBe(Math.ceil(hold.ms));
});
