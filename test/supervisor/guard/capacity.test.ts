import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import {
  callsFor,
  checkCapacity,
  connectionsFor,
  createCapacityCheck,
} from "../../../src/supervisor/guard/capacity.ts";
import {
  countDescriptors,
  type MachineLimits,
  readMachineLimits,
} from "../../../src/supervisor/guard/machine-limits.ts";

const none = Number.POSITIVE_INFINITY;
const unlimited: MachineLimits = {
  mapsMax: none,
  descriptorsMax: none,
  addressMax: none,
  threads: [],
  bytesMax: none,
  bytesAvailable: none,
};
const plenty: MachineLimits = {
  mapsMax: 65_530,
  descriptorsMax: 20_000,
  addressMax: 4_096 * 2 ** 30,
  threads: [{ name: "pids.max", max: 10_000, used: 100, how: "ask" }],
  bytesMax: 16 * 2 ** 30,
  bytesAvailable: 16 * 2 ** 30,
};
const idle = { agents: 10, threads: 10, bytes: 2 ** 30, descriptors: 110, addresses: 14 * 2 ** 30 };

test("there is room while no limit is near, and if none is known", () => {
  expect(checkCapacity(plenty, idle)).toBeUndefined();
  expect(checkCapacity(unlimited, { ...idle, agents: 100_000 })).toBeUndefined();
});

test.each([
  ["vm.max_map_count", plenty, { agents: 1_800, threads: 1_800 }, "max_map_count=262144"],
  ["open files", { ...plenty, descriptorsMax: 256 }, { descriptors: 170 }, "ulimit -n 2048"],
  ["address space", plenty, { addresses: 4_092 * 2 ** 30 - 1 }, "ulimit -v unlimited"],
  [
    "pids.max",
    { ...plenty, threads: [{ name: "pids.max", max: 512, used: 480, how: "give it more" }] },
    {},
    "give it more",
  ],
  ["memory", plenty, { bytes: 16 * 2 ** 30 - 1 }, "end some agents"],
  ["available memory", { ...plenty, bytesAvailable: 2 ** 26 }, {}, "end other programs"],
])(
  "a refusal names the limit, how many fit and how it is raised: %s",
  (limit, limits, use, how) => {
    const refusal = checkCapacity(limits, { ...idle, ...use });
    expect(refusal).toMatchObject({ code: "AGENT_LIMIT", details: { limit } });
    expect(refusal?.message).toMatch(
      /^no room for another agent in addition to \d+: .*enough for \d+/,
    );
    expect(refusal?.message).toContain(how);
  },
);

test("agents that will get a thread are counted with what they will take", () => {
  const limits = { ...plenty, descriptorsMax: 1_024 };
  const refusal = checkCapacity(limits, { ...idle, agents: 1_000 });
  expect(refusal?.message).toContain("enough for 113");
  expect(checkCapacity(limits, { ...idle, agents: 112 })).toBeUndefined();
  expect(checkCapacity(limits, { ...idle, agents: 113 })).toBeDefined();
});

test("a thousand agents fit below the default vm.max_map_count", () => {
  expect(checkCapacity(plenty, { ...idle, agents: 1_000, threads: 1_000 })).toBeUndefined();
});

test("connections and calls leave the store its files", () => {
  const few = { ...plenty, descriptorsMax: 256 };
  expect([connectionsFor(few, 10_000), connectionsFor(unlimited, 10_000)]).toEqual([32, 10_000]);
  expect([callsFor(few, 64), callsFor(plenty, 64), callsFor(unlimited, 64)]).toEqual([10, 64, 64]);
});

test("the system's figures are read in any form", () => {
  const { bytesMax, threads, ...limits } = readMachineLimits(7);
  expect(bytesMax).toBe(7);
  for (const limit of Object.values(limits)) expect(limit).toBeGreaterThan(0);
  for (const { max, used } of threads) expect(max).toBeGreaterThan(used);
  expect(createCapacityCheck()(1, 1)?.code).toBeOneOf([undefined, "AGENT_LIMIT"]);
});

test.runIf(process.platform === "linux")("a shell's limit on open files is found", () => {
  const url = new URL("../../../src/supervisor/guard/machine-limits.ts", import.meta.url).href;
  const script = `import { readMachineLimits } from ${JSON.stringify(url)}; console.log(readMachineLimits(1).descriptorsMax);`;
  const args = [
    "-c",
    `ulimit -n 222; exec "$0" --input-type=module -e "$1"`,
    process.execPath,
    script,
  ];
  expect(spawnSync("sh", args, { encoding: "utf8" }).stdout.trim()).toBe("222");
  expect(countDescriptors()).toBeGreaterThan(3);
});
