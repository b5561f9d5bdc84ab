import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { FAILED_STEPS_MAX } from "../../src/supervisor/failed-steps.ts";
import { Fleet } from "../support/fleet.ts";
import { startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");

test("an agent whose steps cannot be stored pauses itself, and stays so until it is resumed", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const config = { fate: "cyclic_result", interval_ms: 1, mark: join(database.folder, "mark") };
  await startAgent(supervisor, id, { agentType: "fates", subject: null, config }, "action1");
  const agent = await until(() => supervisor.find(id));
  // Guidance ends each wait between two failing steps.
  for (let failed = 1; failed < FAILED_STEPS_MAX; failed += 1) {
    await database.agent(id, ({ iteration }) => iteration === failed);
    const guidance = { action_id: `guidance${failed}`, guidance: {}, at: Date.now() };
    await agent.interrupt(guidance, "next");
  }
  expect(await database.status(id, "paused")).toMatchObject({
    iteration: FAILED_STEPS_MAX,
    paused: true,
    generation: 1,
    last_error: {
      code: "AGENT_PAUSED_BY_FAILURES",
      details: { last: "AGENT_REPORT_INVALID", failures: FAILED_STEPS_MAX },
    },
  });
  await agent.resume("action2");
  await database.agent(id, ({ iteration }) => iteration > FAILED_STEPS_MAX);
  expect(agent.record.row).toMatchObject({ status: "running", paused: false });
});
