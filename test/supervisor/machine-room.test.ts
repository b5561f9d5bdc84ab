import { expect, test } from "vitest";
import { findRefusal, readMachineLimits } from "../../src/supervisor/machine-room.ts";

const plenty = { mapsMax: 65_530, threadsMax: 10_000, bytesMax: 8 * 2 ** 30 };
const idle = { agents: 10, bytes: 2 ** 30 };

test("there is room while no limit is near, and where none is known", () => {
  expect(findRefusal(plenty, idle)).toBeUndefined();
  expect(findRefusal({ bytesMax: plenty.bytesMax }, { ...idle, agents: 100_000 })).toBeUndefined();
});

test("a refusal names the limit, what it is, and how it is raised", () => {
  const maps = findRefusal(plenty, { ...idle, agents: 1_900 });
  expect(maps).toMatchObject({ code: "AGENT_LIMIT", details: { limit: "vm.max_map_count" } });
  expect(maps?.message).toContain("beside 1900: vm.max_map_count is 65530");
  expect(maps?.message).toContain("sysctl -w vm.max_map_count=262144");
  const threads = findRefusal({ ...plenty, threadsMax: 512 }, { ...idle, agents: 412 });
  expect(threads).toMatchObject({ details: { limit: "pids.max", value: 512 } });
  const memory = findRefusal(plenty, { ...idle, bytes: 8 * 2 ** 30 - 1 });
  expect(memory?.message).toContain("the process uses 8192 MiB of the 8192 MiB that it may");
});

test("a thousand agents fit below the default vm.max_map_count", () => {
  expect(findRefusal(plenty, { ...idle, agents: 1_000 })).toBeUndefined();
});

test("what the system says is read, whatever it says", () => {
  const { mapsMax, threadsMax, bytesMax } = readMachineLimits(7);
  expect(bytesMax).toBe(7);
  for (const limit of [mapsMax, threadsMax]) expect(limit ?? 1).toBeGreaterThan(0);
});
