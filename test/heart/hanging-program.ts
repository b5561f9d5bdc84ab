/** A program under a heart: serves, and hangs where its folder has no file yet; otherwise it ends in order. */

import { existsSync, writeFileSync } from "node:fs";
import { HeartLink, type Orders } from "../../src/heart/heart-link.ts";

const [, , path = "", , json = ""] = process.argv;
const { port, signMs }: Orders = JSON.parse(json);
using link = new HeartLink(() => undefined);
console.log(`port before: ${port}`);
link.send({ port: 4711 });
link.send("serving");
link.giveSigns(signMs);
if (!existsSync(path)) {
  writeFileSync(path, "");
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 3 * signMs);
} else {
  link.send("ending");
}
await new Promise((resolve) => setTimeout(resolve, 6 * signMs));
