import { describe, expect, test } from "vitest";
import type { FleetStats } from "../../src/model/event.ts";
import { StatsHistory } from "../../src/picture/stats-history.ts";
import { fleetStats, noAgents } from "../support/sample-rows.ts";

function stats(steps: number, uptime_ms: number): FleetStats {
  return fleetStats({
    agents: { ...noAgents, running: 1 },
    steps_total: { ok: steps, error: 0, aborted: 0 },
    process: { rss_bytes: 1, cpu_ms: uptime_ms / 2, uptime_ms, event_loop_delay_ms: 1 },
  });
}

describe("history of figures", () => {
  test("computes rates from totals", () => {
    const history = new StatsHistory();
    history.add(1_000, stats(10, 1_000));
    expect(history.samples).toEqual([]);
    history.add(3_000, stats(30, 3_000));
    expect(history.samples).toMatchObject([{ stepsPerSecond: 10, cpuShare: 0.5 }]);
  });

  test("takes the mean of ten seconds, so that slow steps have a steady rate", () => {
    const history = new StatsHistory();
    for (let n = 0; n <= 60; n += 1) history.add(n * 1_000, stats(Math.floor(n / 3), n * 1_000));
    const rates = history.samples.slice(20).map(({ stepsPerSecond }) => stepsPerSecond);
    expect(Math.min(...rates)).toBeGreaterThan(0.25);
    expect(Math.max(...rates)).toBeLessThan(0.45);
  });

  test("starts again with a new process, and has no negative rate", () => {
    const history = new StatsHistory();
    history.add(1_000, stats(10, 1_000));
    history.add(2_000, stats(2, 100));
    expect(history.samples).toEqual([]);
    history.add(3_000, stats(5, 1_100));
    expect(history.samples).toMatchObject([{ stepsPerSecond: 3 }]);
  });

  test("keeps three minutes", () => {
    const history = new StatsHistory();
    for (let n = 1; n <= 400; n += 1) history.add(n * 1_000, stats(n, n * 1_000));
    expect(history.samples).toHaveLength(180);
  });
});
