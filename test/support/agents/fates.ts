/** One agent with a branch for each fate: every way we know in which an agent's code goes wrong. */

import { execSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { locks, type MessagePort, parentPort, Worker } from "node:worker_threads";
import { type AgentContext, defineAgent, type StepResult } from "troupe";

/** What is used of it; Node's type declarations have none. */
declare const WebAssembly: {
  instantiate(code: Uint8Array): Promise<{ instance: { exports: Record<string, unknown> } }>;
  Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
};

interface Config {
  readonly fate: FateName;
  /** A file that is there once the fate has begun. */
  readonly mark: string;
}

type Context = AgentContext<Config>;
export type FateName = keyof typeof fates;

const MEGABYTE = 2 ** 20;
const ok: StepResult = { result: "still here" };
/** What would otherwise be collected. */
const kept: unknown[] = [];

/** The thread's own port, were there a way to it. */
function threadPort(): MessagePort | null {
  return parentPort ?? process.getBuiltinModule("node:worker_threads").parentPort;
}

/** Fills memory forever, a piece at a time, without ever waiting. */
function fill(make: () => unknown): never {
  for (;;) kept.push(make());
}

const fates = {
  busy_loop() {
    for (;;);
  },
  regexp() {
    return { result: /^(a+)+$/.test(`${"a".repeat(64)}!`) };
  },
  atomics_wait() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return ok;
  },
  async wasm_loop() {
    // (module (func (export "run") (loop (br 0))))
    const code =
      "0061736d01000000010401600000030201000707010372756e00000a090107000340" + "0c000b0b";
    const { instance } = await WebAssembly.instantiate(Buffer.from(code, "hex"));
    (instance.exports["run"] as () => void)();
    return ok;
  },
  exec_sync() {
    execSync("sleep 20");
    return ok;
  },
  json_parse() {
    // Thirty-two megabytes that parse into little: long calls into C++, one after the other.
    const text = JSON.stringify(Array.from({ length: 32 }, () => "x\n".repeat(MEGABYTE / 3)));
    for (;;) JSON.parse(text);
  },
  throws() {
    throw new Error("a scripted throw");
  },
  async rejects() {
    await Promise.reject(new Error("a scripted rejection"));
    return ok;
  },
  async rejects_unheard(ctx: Context) {
    void Promise.reject(new Error("a rejection that nobody hears"));
    await ctx.sleep(60_000);
    return ok;
  },
  process_exit() {
    process.exit(7);
  },
  stack_overflow(ctx: Context): StepResult {
    return { result: [fates.stack_overflow(ctx)] };
  },
  heap_arrays: () => fill(() => new Array(10_000).fill(1.5)),
  heap_one_array() {
    const one: number[] = [];
    for (;;) one.push(one.length + 0.5);
  },
  heap_map() {
    const map = new Map<number, number>();
    for (;;) map.set(map.size, map.size + 0.5);
  },
  heap_strings: () => fill(() => `${kept.length}`.padEnd(100_000, "x").split("").join("")),
  buffers: () => fill(() => Buffer.alloc(MEGABYTE, 1)),
  typed_arrays: () => fill(() => new Float64Array(MEGABYTE / 8).fill(1)),
  shared_buffers: () => fill(() => new Uint8Array(new SharedArrayBuffer(MEGABYTE)).fill(1)),
  wasm_memory: () =>
    fill(() => new Uint8Array(new WebAssembly.Memory({ initial: 16 }).buffer).fill(1)),
  report_flood(ctx: Context) {
    for (let n = 0; n < 200_000; n += 1) ctx.log.info(`line ${n}`);
    return ok;
  },
  giant_result: () => ({ result: "x".repeat(50 * MEGABYTE) }),
  cyclic_result() {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    return { result: cycle };
  },
  bigint_context: () => ({ result: "fine", context: { n: 1n } }),
  garbage_on_port() {
    for (let n = 0; n < 1_000; n += 1) threadPort()?.postMessage({ kind: "step", iteration: n });
    return ok;
  },
  closes_port() {
    threadPort()?.close();
    return ok;
  },
  async never_resolves() {
    return await new Promise<StepResult>(() => undefined);
  },
  async swallows_abort() {
    for (;;) await delay(10);
  },
  async hangs_in_model_call(ctx: Context) {
    return { result: await ctx.llm.Ask({ prompt: "hang" }) };
  },
  async spawns_worker(ctx: Context) {
    const worker = new Worker("for (;;);", { eval: true });
    worker.unref();
    await ctx.sleep(60_000);
    return ok;
  },
  leaks_timers() {
    for (let n = 0; n < 1_000; n += 1) setInterval(() => undefined, 1_000);
    return ok;
  },
  async holds_lock(ctx: Context) {
    await locks.request("held forever", () => ctx.sleep(60_000));
    return ok;
  },
  crashes_in_setup: () => ok,
  crashes_in_on_stop: () => ok,
  changes_directory() {
    process.chdir("/");
    return ok;
  },
  breaks_prototypes() {
    Object.defineProperty(Object.prototype, "kind", { value: "step", configurable: true });
    Array.prototype.push = () => 0;
    JSON.stringify = () => "broken";
    return ok;
  },
  native_addon: () => ({
    result: typeof createRequire(import.meta.url)("@boundaryml/baml/native"),
  }),
  reads_keys: () => ({ result: JSON.stringify(process.env) }),
} satisfies Record<string, (ctx: Context) => StepResult | Promise<StepResult>>;

export default defineAgent<Config, unknown, StepResult>({
  type: "fates",
  setup(ctx) {
    writeFileSync(ctx.config.mark, "");
    if (ctx.config.fate === "crashes_in_setup") throw new Error("a scripted crash in setup");
  },
  async step(ctx) {
    const fate: (ctx: Context) => StepResult | Promise<StepResult> = fates[ctx.config.fate];
    return await fate(ctx);
  },
  onStop(ctx) {
    if (ctx.config.fate === "crashes_in_on_stop") throw new Error("a scripted crash in onStop");
  },
});
