/** Steering that arrives in the middle of an effect: the effect is never cut off silently. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAgentId } from "../../../src/model/ids.ts";
import type { ManagedAgent } from "../../../src/supervisor/managed-agent.ts";
import { Fleet, type FleetOptions } from "../../support/fleet.ts";
import { destroyAgent, startAgent } from "../../support/supervised-agents.ts";
import { until } from "../../support/until.ts";

const id = parseAgentId("agent1");

interface Running {
  readonly fleet: Fleet;
  readonly agent: ManagedAgent;
  readonly lines: () => readonly string[];
  /** Opens the gate for which the functions wait. */
  readonly open: () => void;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** An agent whose step has the function of an effect running. */
async function startInEffect(effect: string, options: FleetOptions = {}): Promise<Running> {
  const fleet = await Fleet.start(options);
  const [file, gate] = [join(fleet.database.folder, "book"), join(fleet.database.folder, "gate")];
  await fleet.addType(
    "buyer",
    `import { appendFileSync, existsSync } from "node:fs";
    export default { type: "buyer", async step(ctx) {
      const note = (line) => appendFileSync(ctx.config.file, line + "\\n");
      const passGate = async () => {
        while (!existsSync(ctx.config.gate)) await new Promise((go) => setTimeout(go, 5));
      };
      await ctx.once("deed", async ({ signal }) => { note("begins"); ${effect} }, { unknown: "skip" });
      note("step ends");
      return { result: "done", next: "guidance" };
    } };`,
  );
  const seed = { agentType: "buyer", subject: null, config: { interval_ms: 0, file, gate } };
  await startAgent(fleet.supervisor, id, seed, "create");
  const agent = await until(() => fleet.supervisor.find(id));
  const lines = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  await until(() => lines().includes("begins"));
  return {
    fleet,
    agent,
    lines,
    open: () => writeFileSync(gate, ""),
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

test("a pause in the middle of an effect waits for its step", async () => {
  await using running = await startInEffect(`await passGate(); note("signal " + signal.aborted);`);
  const { fleet, agent, lines, open } = running;
  const paused = agent.pause("pause");
  await fleet.database.status(id, "pausing");
  expect(lines()).toEqual(["begins"]);
  open();
  await paused;
  await fleet.database.status(id, "paused");
  expect(lines()).toEqual(["begins", "signal false", "step ends"]);
  const effects = await fleet.database.store.effects.pages.listOfStep(id, 1);
  expect(effects).toMatchObject([{ key: "deed", state: "done" }]);
});

describe("a destroy in the middle of an effect fires its signal", () => {
  const whenAborted = "await new Promise((go) => signal.addEventListener('abort', go));";

  test("one that ends in order is known", async () => {
    await using running = await startInEffect(`${whenAborted} note("fired"); return 7;`);
    const { fleet, lines } = running;
    await destroyAgent(fleet.supervisor, id, "destroy");
    expect(lines()).toContain("fired");
    const effects = await fleet.database.store.effects.pages.listOfStep(id, 1);
    expect(effects).toMatchObject([{ key: "deed", state: "done", value: "7" }]);
  });

  test("one that throws then has an unknown outcome", async () => {
    await using running = await startInEffect(`${whenAborted} throw signal.reason;`);
    const { fleet } = running;
    await destroyAgent(fleet.supervisor, id, "destroy");
    const effects = await fleet.database.store.effects.pages.listOfStep(id, 1);
    expect(effects).toMatchObject([{ key: "deed", state: "unknown" }]);
  });
});

test("safe mode runs no effect of a turn that is open", async () => {
  await using running = await startInEffect("await passGate();", { destroyTimeoutMs: 100 });
  const { fleet, lines, open } = running;
  await fleet.supervisor.suspendAll();
  open();
  const next = fleet.nextSupervisor();
  const safeMode = { deaths: 4, windowMs: 60_000, suspects: [], suspectsMore: 0 };
  await next.rehydrate(await fleet.database.store.agents.loadAlive(), safeMode);
  const row = await fleet.database.status(id, "paused");
  expect(row.last_error?.code).toBe("SAFE_MODE");
  expect(next.find(id)?.child).toBeUndefined();
  expect(lines()).toEqual(["begins"]);
  await next.find(id)?.resume("resume");
  await until(() => lines().includes("step ends"));
  expect(lines()).toEqual(["begins", "step ends"]);
  await next.suspendAll();
});

test("a step that dies in an effect has the same guidance when it is run again", async () => {
  await using fleet = await Fleet.start();
  const file = join(fleet.database.folder, "book");
  await fleet.addType(
    "guided",
    `import { appendFileSync, existsSync } from "node:fs";
    export default { type: "guided", async step({ guidance, config, once }) {
      if (guidance.length === 0) return { result: "idle", next: "guidance" };
      const mustDie = !existsSync(config.file);
      appendFileSync(config.file, JSON.stringify(guidance) + "\\n");
      await once("deed", () => { if (mustDie) process.exit(3); });
      return { result: "used", done: true };
    } };`,
  );
  const seed = { agentType: "guided", subject: null, config: { interval_ms: 0, file } };
  await startAgent(fleet.supervisor, id, seed, "create");
  const agent = await until(() => fleet.supervisor.find(id));
  const sent = { action_id: "interrupt", guidance: { subject: "tea" }, at: Date.now() };
  await agent.interrupt(sent, "next");
  await fleet.database.status(id, "stopped");
  const given = JSON.stringify([sent.guidance]);
  expect(readFileSync(file, "utf8")).toBe(`${given}\n${given}\n`);
  const used = (await fleet.database.steps(id)).flatMap(({ guidance_used }) => guidance_used ?? []);
  expect(used).toEqual([sent.action_id]);
});
