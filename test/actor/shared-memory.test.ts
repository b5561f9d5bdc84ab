/** Shared and WebAssembly memory of a thread is counted where main can read it. */

import { setFlagsFromString } from "node:v8";
import { expect, test } from "vitest";
import { startActor } from "../support/actor-harness.ts";
import { until } from "../support/until.ts";

const MIB = 2 ** 20;

function agent(step: string): { readonly module: string } {
  return {
    module: `export default { type: "test", async step(ctx) { ${step}; await gate(ctx); return { result: "" }; } };`,
  };
}

test.for([
  ["a buffer", `ctx.kept = new SharedArrayBuffer(${3 * MIB})`],
  ["a buffer of the global's own name", `ctx.kept = new globalThis.SharedArrayBuffer(${3 * MIB})`],
  [
    "a buffer that grows",
    `ctx.kept = new SharedArrayBuffer(0, { maxByteLength: ${4 * MIB} }); ctx.kept.grow(${3 * MIB})`,
  ],
  [
    "a buffer by another's constructor",
    `ctx.kept = new (new SharedArrayBuffer(0).constructor)(${3 * MIB})`,
  ],
  [
    "a buffer of a class of one's own",
    `ctx.kept = new (class extends SharedArrayBuffer {})(${3 * MIB})`,
  ],
  ["memory", "ctx.kept = new WebAssembly.Memory({ initial: 48 })"],
  [
    "shared memory",
    "ctx.kept = new WebAssembly.Memory({ initial: 48, maximum: 64, shared: true })",
  ],
  ["memory that grows", "ctx.kept = new WebAssembly.Memory({ initial: 8 }); ctx.kept.grow(40)"],
])("counts %s", async ([_, take]) => {
  await using actor = await startActor(agent(`const kept = {}; { const ctx = kept; ${take} }`));
  await actor.logged("at the gate");
  expect(actor.control.sharedBytes).toBe(3 * MIB);
});

test("objects are unchanged", async () => {
  const checks = [
    "new SharedArrayBuffer(1) instanceof SharedArrayBuffer",
    "new WebAssembly.Memory({ initial: 0 }) instanceof WebAssembly.Memory",
    "new (class Own extends SharedArrayBuffer {})(1).constructor.name === 'Own'",
    "Atomics.add(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 0",
  ];
  await using actor = await startActor(agent(`ctx.log.info(JSON.stringify([${checks}]))`));
  expect(JSON.parse((await actor.next("log")).message)).toEqual(checks.map(() => true));
});

test("subtracts collected memory", async () => {
  // Agents cannot set it; it holds for contexts that are made afterwards, in every thread.
  setFlagsFromString("--expose-gc");
  const collect = `import vm from "node:vm"; const gc = vm.runInNewContext("gc");`;
  const step = `async step(ctx) { if (ctx.iteration === 1) new SharedArrayBuffer(${MIB}); else gc(); return { result: "" }; }`;
  await using actor = await startActor({
    module: `${collect} export default { type: "test", ${step} };`,
    spec: { intervalMs: 10 },
  });
  await actor.next("step");
  expect(await until(() => actor.control.sharedBytes === 0)).toBe(true);
});
