/** Figures of several shards as those of one fleet. */

import { expect, test } from "vitest";
import { sumDatabases, sumStats } from "../../../src/fleet/shards/shard-sums.ts";
import type { DatabaseView, TableStats } from "../../../src/model/agent-view.ts";
import type { FleetStats } from "../../../src/model/event.ts";
import { fleetStats, noAgents, noCalls, usageCounts } from "../../support/sample-rows.ts";

function stats(n: number, store: FleetStats["store"] = healthy): FleetStats {
  return fleetStats({
    agents: { ...noAgents, running: n, error: 1 },
    residency: { hot: n, warm: 0, cold: 0 },
    restarts_total: n,
    actions: {
      in_flight: 1,
      queued_total: n,
      processed_total: { done: n, cancelled: 0, rejected: 0, dead: 0 },
    },
    steps_total: { ok: 10 * n, error: 0, aborted: 0 },
    llm: { ...noCalls, calls_total: n, input_tokens_total: n, cost_usd_total: 0.5 },
    store,
    process: { rss_bytes: n, cpu_ms: n, uptime_ms: 1_000 * n, event_loop_delay_ms: n },
  });
}

const healthy = { is_healthy: true, failing_since: null, error: null };
const failing = {
  is_healthy: false,
  failing_since: 7,
  error: { code: "STORE_UNAVAILABLE", message: "full" },
};

test("counts are added, the longest delay counts, and one failing store is the fleet's", () => {
  const sum = sumStats([stats(2), stats(3, failing)], 60_000);
  expect(sum).toMatchObject({
    agents: { running: 5, error: 2, paused: 0 },
    actions: { in_flight: 2, queued_total: 5, processed_total: { done: 5 } },
    steps_total: { ok: 50 },
    llm: { calls_total: 5, cost_usd_total: 1 },
    store: failing,
    process: { rss_bytes: 5, cpu_ms: 5, event_loop_delay_ms: 3 },
  });
  expect(sumStats([stats(2), stats(3)], 60_000).store).toEqual(healthy);
});

test("a shard whose older server reports no usage adds none", () => {
  const figure = { input_tokens: 5, output_tokens: 1, cost_usd: null, unpriced_tokens: 6 };
  const top = { agent_id: "agent1", day: figure };
  const newer = { ...stats(2), usage: { hour: figure, day: figure, ever: figure, top } };
  const { usage: _, ...older } = stats(3);
  const sum = sumStats([older as FleetStats, newer], 60_000);
  expect(sum.usage).toEqual(newer.usage);
  expect(sum.agents.running).toBe(5);
  expect(sumStats([older as FleetStats], 60_000).usage).toEqual(usageCounts());
});

test("the uptime is that of the youngest process, or of the set of shards", () => {
  expect(sumStats([stats(2), stats(3)], 60_000).process.uptime_ms).toBe(2_000);
  expect(sumStats([stats(2), stats(3)], 12.4).process.uptime_ms).toBe(12);
});

const table = (rows: number, disk: number | null, compacted: number | null): TableStats => ({
  ...{ rows, bytes: 10 * rows, fragments: 1, versions: 2 },
  ...{ disk_bytes: disk, compacted_at: compacted },
});

function database(rows: number, disk: number | null): DatabaseView {
  const one = table(rows, disk, rows);
  const names = ["queue", "agents_config", "agent_state", "agent_steps", "agent_effects"] as const;
  const tables = Object.fromEntries(names.map((name) => [name, one])) as DatabaseView["tables"];
  return { location: `/data/${rows}`, tables };
}

test("sizes are added; one that is unknown in a shard is unknown, and the oldest compaction counts", () => {
  const sum = sumDatabases("fleet", [database(1, 5), database(2, 6)]);
  expect(sum).toEqual({
    location: "fleet",
    tables: Object.fromEntries(
      ["queue", "agents_config", "agent_state", "agent_steps", "agent_effects"].map((name) => [
        name,
        { rows: 3, bytes: 30, fragments: 2, versions: 4, disk_bytes: 11, compacted_at: 1 },
      ]),
    ),
  });
  expect(sumDatabases("fleet", [database(1, 5), database(2, null)]).tables.queue.disk_bytes).toBe(
    null,
  );
});

test("a table and a journal that some shards lack are those of the others", () => {
  const journal = { entries: 2, effects: 1, bytes: 3, oldest_ms: 4, sync_ms: 5, syncs: 6 };
  const { tables } = database(1, 5);
  const one = { ...database(1, 5), journal, tables: { ...tables, supervisors: table(1, 1, null) } };
  const sum = sumDatabases("fleet", [one, database(2, 6)]);
  expect(sum.tables.supervisors?.rows).toBe(1);
  expect(sum.journal).toEqual(journal);
  const older = { ...journal, oldest_ms: 40, sync_ms: 1 };
  const both = sumDatabases("fleet", [one, { ...database(2, 6), journal: older }]);
  expect(both.journal).toEqual({
    entries: 4,
    effects: 2,
    bytes: 6,
    oldest_ms: 40,
    sync_ms: 5,
    syncs: 12,
  });
});
