/** Steps that throw: what becomes of their guidance, and when their agent is given up. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Guidance } from "../../src/model/agent.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { type AgentTypeSettings, defaultTypeSettings } from "../../src/model/type-settings.ts";
import { Fleet } from "../support/fleet.ts";
import { startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");

/** A fleet with an agent of this definition, which may use `read(file)`. */
async function start(definition: string, settings: Partial<AgentTypeSettings>): Promise<Fleet> {
  const typeSettings = [{ ...defaultTypeSettings("failing"), ...settings }];
  const fleet = await Fleet.start({ typeSettings });
  await fleet.addType(
    "failing",
    `import { readFileSync } from "node:fs";
    const read = (file) => readFileSync(file, "utf8");
    let steps = 0;
    export default { type: "failing", ${definition} };`,
  );
  const seed = { agentType: "failing", subject: null, config: { interval_ms: 10 } };
  await startAgent(fleet.supervisor, id, seed, "create");
  return fleet;
}

async function interrupt(fleet: Fleet, guidance: Guidance["guidance"]): Promise<Guidance> {
  const agent = await until(() => fleet.supervisor.find(id));
  const sent = { action_id: "interrupt", guidance, at: Date.now() };
  await agent.interrupt(sent, "next");
  return sent;
}

/** The steps that have not succeeded or have used guidance. */
async function notableSteps({ database }: Fleet) {
  const steps = await database.steps(id);
  const notable = steps.filter(
    ({ status, guidance_used: used }) => status !== "ok" || used?.length,
  );
  return notable.map(({ status, guidance_used }) => [status, guidance_used]);
}

const inStep =
  "step({ guidance: [first] }) { return { result: first ? read(first.file) : 'idle' }; }";
const inOnInterrupt =
  "onInterrupt(ctx, { file }) { ctx.subject = read(file); }, step: (ctx) => ({ result: ctx.subject ?? 'idle' })";

describe.each([
  ["a step", inStep],
  ["onInterrupt", inOnInterrupt],
])("guidance on which %s throws", (_, definition) => {
  test("is there again for the next try, and is used once", async () => {
    await using fleet = await start(definition, { restarts_max: 0 });
    const file = join(fleet.database.folder, "file");
    const guidance = await interrupt(fleet, { file });
    const row = await fleet.database.status(id, "restarting");
    expect(row.pending_guidance).toEqual([guidance]);
    await writeFile(file, "read");
    await until(async () =>
      (await fleet.database.steps(id)).some(({ result }) => result === "read"),
    );
    const steps = await notableSteps(fleet);
    expect(steps.slice(0, -1).every(([status]) => status === "error")).toBe(true);
    expect(steps.at(-1)).toEqual(["ok", ["interrupt"]]);
    expect(steps.flatMap(([, used]) => used)).toEqual(["interrupt"]);
    await fleet.database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
  });

  test("is used up with the last try, and the agent goes on without it", async () => {
    await using fleet = await start(definition, { step_retries: 1 });
    await interrupt(fleet, { file: "nowhere" });
    const row = await fleet.database.agent(
      id,
      ({ status, generation }) => status === "running" && generation === 3,
    );
    expect(row.pending_guidance).toEqual([]);
    await fleet.database.agent(id, ({ iteration }) => iteration > row.iteration + 1);
    expect(await notableSteps(fleet)).toEqual([
      ["error", []],
      ["error", ["interrupt"]],
    ]);
  });

  test.each([
    ["has failed too often", { step_retries: 0, restarts_max: 0 }],
    ["is temporary", { restart: "temporary" }],
  ] as const)(
    "stays unused in the row of an agent that ends because it %s",
    async (_why, given) => {
      await using fleet = await start(definition, given);
      const guidance = await interrupt(fleet, { file: "nowhere" });
      const row = await fleet.database.status(id, "error");
      expect(row.pending_guidance).toEqual([guidance]);
      expect(await notableSteps(fleet)).toEqual([["error", []]]);
    },
  );
});

test("an agent that fails in every second step is given up", async () => {
  const definition =
    "step() { steps += 1; if (steps > 1) throw new Error('again'); return { result: 'ok' }; }";
  await using fleet = await start(definition, { step_retries: 2, restarts_max: 0 });
  const row = await fleet.database.status(id, "error");
  expect(row).toMatchObject({ generation: 3, restarts: 2, iteration: 6 });
  expect(row.last_error).toMatchObject({ code: "AGENT_RESTARTS_EXHAUSTED" });
});
