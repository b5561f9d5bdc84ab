import { describe, expect, test } from "vitest";
import { Control } from "../../support/control.ts";
import { until } from "../../support/until.ts";
import { type Exposition, parseExposition } from "../exposition.ts";

async function scrape(control: Control): Promise<Exposition> {
  const answer = await control.get("/metrics");
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parseExposition(answer.text);
}

/** As a foreign writer may: the door refuses such a name. */
async function enqueueUnknown({ troupe }: Control, action: string): Promise<void> {
  const [id = ""] = await troupe.queue.append([{ action, actor: "test", payload: {} }]);
  expect(await troupe.queue.waitFor(id, 30_000)).toMatchObject({ outcome: "rejected" });
}

describe("GET /metrics", () => {
  test("reports agents, actions, steps, model calls, tables and the process", async () => {
    await using control = await Control.start();
    const config = { interval_ms: 20 };
    const wait = { prefer: "wait=30" };
    await control.post("/api/agents", { agent_id: "agent1", config }, wait);
    await control.post("/api/agents", { agent_id: "agent2", config }, wait);
    await control.post("/api/agents/agent2/destroy", {}, wait);
    await control.post("/api/agents/nobody/pause", {}, wait);
    await enqueueUnknown(control, "agent_dance");
    const found = await until(async () => {
      const metrics = await scrape(control);
      return metrics.get("troupe_llm_calls_total", { outcome: "done" }) > 2 && metrics;
    });
    expect(found.get("troupe_agents", { status: "running" })).toBe(1);
    expect(found.get("troupe_agents", { status: "stopped" })).toBe(1);
    expect(found.get("troupe_agents_unresponsive")).toBe(0);
    const ended = (action: string, outcome: string) =>
      found.get("troupe_actions_total", { action, outcome });
    expect(ended("create_agent", "done")).toBe(2);
    expect(ended("agent_destroy", "done")).toBe(1);
    expect(ended("agent_pause", "rejected")).toBe(1);
    expect(ended("unknown", "rejected")).toBe(1);
    expect(found.get("troupe_actions_in_flight")).toBe(0);
    expect(found.get("troupe_action_dispatch_seconds_count")).toBe(5);
    expect(found.get("troupe_action_duration_seconds_count")).toBe(5);
    expect(found.get("troupe_action_duration_seconds_sum")).toBeGreaterThan(0);
    expect(found.get("troupe_steps_total", { status: "ok" })).toBeGreaterThan(1);
    expect(found.get("troupe_step_duration_seconds_count", { status: "ok" })).toBeGreaterThan(1);
    expect(found.get("troupe_agent_stops_total", { rung: "cooperative" })).toBe(1);
    expect(found.get("troupe_agent_restarts_total")).toBe(0);
    expect(found.get("troupe_llm_tokens_total", { direction: "output" })).toBeGreaterThan(0);
    expect(found.get("troupe_llm_calls_waiting")).toBe(0);
    expect(found.get("troupe_store_commits_total", { table: "agent_state" })).toBeGreaterThan(0);
    for (const name of ["rows", "bytes", "versions", "fragments"]) {
      const value = found.get(`troupe_store_table_${name}`, { table: "queue" });
      expect(value, name).toBeGreaterThan(0);
    }
    expect(found.get("troupe_store_disk_bytes", { table: "queue" })).toBeGreaterThan(1_000);
    expect(found.get("troupe_actions_pending")).toBe(0);
    expect(found.get("troupe_store_healthy")).toBe(1);
    expect(found.get("troupe_stream_clients")).toBe(0);
    expect(found.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(found.get("process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(found.get("nodejs_eventloop_lag_p99_seconds")).not.toBeNaN();
  });

  test("follows Prometheus' naming, and uses labels whose values are bounded", async () => {
    await using control = await Control.start();
    for (const n of [1, 2, 3]) {
      await control.post("/api/agents", { agent_id: `name-of-agent-${n}` }, { prefer: "wait=30" });
      await enqueueUnknown(control, `odd_${n}`);
    }
    const { text, families, samples } = await scrape(control);
    expect(text).not.toMatch(/name-of-agent|odd_/);
    for (const { name, type } of families.values()) {
      expect(name).toMatch(/^(troupe|process|nodejs)_[a-z0-9_]+$/);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      expect(name).not.toMatch(/_(ms|millis|milliseconds|mb|kb)(_|$)/);
    }
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    expect(labels).toEqual(
      new Set([
        "action",
        "outcome",
        "residency",
        "status",
        "reason",
        "rung",
        "direction",
        "table",
        "le",
        "version",
        "type",
        "model",
      ]),
    );
  });

  test("needs the token", async () => {
    await using control = await Control.start();
    const answer = await control.get("/metrics", { headers: { authorization: undefined } });
    expect(answer.status).toBe(401);
  });
});
