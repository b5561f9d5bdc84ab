/** The lines of docs/shards.md for programs in Python compute the same shard as Troupe. */

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { shardOf } from "../../../src/model/shard.ts";
import { readPage } from "../../support/pages.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const [, documented = ""] = /^```python\n([\s\S]*?)^```/m.exec(readPage("docs/shards.md")) ?? [];
const ids = ["agent1", "agent2", "a", "user:42@example.com", "A-b_c.d:e@f", "Z".repeat(128)];

test("the documented lines are there, and short", () => {
  expect(documented.trim().split("\n").filter(Boolean)).toHaveLength(3);
});

test.skipIf(!hasPython).each([1, 7, 1_024])("Python finds the shard of %i", (shards) => {
  const program = `${documented}\nimport sys\nfor one in sys.argv[2:]:\n    print(shard_of(one, int(sys.argv[1])))\n`;
  const { stdout } = spawnSync("python3", ["-c", program, String(shards), ...ids], {
    encoding: "utf8",
  });
  expect(stdout.trim().split("\n").map(Number)).toEqual(ids.map((id) => shardOf(id, shards)));
});
