import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Outlet, WAITING_BYTES_MAX } from "../../src/outlet/outlet.ts";
import { Pipe } from "../support/pipe.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const line = `${"x".repeat(999)}\n`;
/** More than fits into the pipe and the outlet together. */
const lines = Math.ceil((2 * WAITING_BYTES_MAX) / line.length);

function makeOutlet(fd: number): Outlet {
  return new Outlet(fd, () => {
    throw new Error("what can be opened again needs no stream of Node's");
  });
}

test("a pipe that is not read blocks nothing; dropped lines are counted and reported", async () => {
  await using pipe = await Pipe.make();
  const outlet = makeOutlet(pipe.writeEnd);
  for (let n = 0; n < lines; n += 1) outlet.write(line);
  const { dropped } = outlet;
  expect(dropped).toBeGreaterThan(0);
  await outlet.drain(50);

  let read = "";
  await until(() => {
    read += pipe.read();
    return read.includes("dropped");
  });
  expect(read.split(line).length - 1).toBe(lines - dropped);
  expect(read.slice((lines - dropped) * line.length)).toBe(
    `troupe: ${dropped} lines of output were dropped because they could not be written\n`,
  );
  outlet.write("and on\n");
  expect(pipe.read()).toBe("and on\n");
  expect(outlet.dropped).toBe(0);
});

test("a slow reader gets every line whole and in order", async () => {
  await using pipe = await Pipe.make();
  const outlet = makeOutlet(pipe.writeEnd);
  const numbered = Array.from({ length: 500 }, (_, n) => `${n} ${line}`);
  for (const each of numbered) outlet.write(each);
  const drained = outlet.drain(60_000);
  let read = "";
  await until(() => {
    read += pipe.read();
    return read.length >= numbered.join("").length;
  });
  await drained;
  expect(read).toBe(numbered.join(""));
});

test.skipIf(process.platform !== "linux")("a full disk blocks nothing", async () => {
  const full = openSync("/dev/full", "w");
  const outlet = makeOutlet(full);
  for (let n = 0; n < lines; n += 1) outlet.write(line);
  expect(outlet.dropped).toBeGreaterThan(0);
  await outlet.drain(60_000);
  closeSync(full);
});

test("a file is written immediately", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "log");
  const fd = openSync(path, "a");
  const outlet = makeOutlet(fd);
  outlet.write("one\n");
  outlet.write(new TextEncoder().encode("two\n"));
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  closeSync(fd);
});
