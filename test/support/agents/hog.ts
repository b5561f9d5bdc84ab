/** Takes memory of the kind that its config names, as fast as it can, once its step is the second. */

import { runInNewContext } from "node:vm";
import { defineAgent } from "troupe";

interface Config {
  readonly kind: string;
  /** MiB after which it takes no more; left out: never. */
  readonly mb?: number;
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const MIB = 2 ** 20;
const kept: unknown[] = [];
const numbers: number[] = [];
const map = new Map<string, number>();
const memory: WasmMemory = new (Reflect.get(globalThis, "WebAssembly").Memory)({ initial: 0 });

/** Each takes about one MiB and keeps it. */
const takers: Readonly<Record<string, () => void>> = {
  "array concat": () => {
    kept[0] = [kept[0] ?? []].flat().concat(new Array(MIB / 8).fill(1.5));
  },
  "array push": () => {
    for (let n = 0; n < MIB / 8; n += 1) numbers.push(n + 0.5);
  },
  map: () => {
    const from = map.size;
    for (let n = 0; n < 8_000; n += 1) map.set(`key ${from + n}`, n);
  },
  strings: () => {
    let text = "";
    for (let n = 0; n < 1_024; n += 1) text += String.fromCharCode(97 + (n % 26)).repeat(1_024);
    kept.push(JSON.stringify([text]));
  },
  buffers: () => kept.push(Buffer.alloc(MIB, 1)),
  "typed arrays": () => kept.push(new Float64Array(MIB / 8).fill(1)),
  "shared buffers": () => kept.push(new Uint8Array(new SharedArrayBuffer(MIB)).fill(1)),
  "wasm memory": () => {
    const from = memory.grow(16);
    new Uint8Array(memory.buffer, from * 2 ** 16).fill(1);
  },
  /** Of another realm, whose constructors nobody counts. */
  "hidden buffers": () => {
    const Shared = runInNewContext("SharedArrayBuffer");
    kept.push(new Uint8Array(new Shared(MIB)).fill(1));
  },
};

export default defineAgent<Config>({
  type: "hog",
  async step(ctx) {
    if (ctx.iteration === 1) return { result: "innocent" };
    const take = takers[ctx.config.kind];
    if (take === undefined) throw new Error(`no kind of memory is called ${ctx.config.kind}`);
    for (let n = 0; n < (ctx.config.mb ?? Number.POSITIVE_INFINITY); n += 1) take();
    await ctx.sleep(3_600_000);
    return { result: "took all" };
  },
});
