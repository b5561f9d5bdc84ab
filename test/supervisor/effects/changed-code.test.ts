/** New code in an open turn: it asks for something else and gets it, and what it asks for again it has. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAgentId } from "../../../src/model/ids.ts";
import { noUsage, reply } from "../../support/actor-harness.ts";
import { Fleet } from "../../support/fleet.ts";
import { startAgent } from "../../support/supervised-agents.ts";
import { until } from "../../support/until.ts";

const id = parseAgentId("agent1");

const moduleOf = (step: string) => `
import { appendFileSync, existsSync } from "node:fs";
export default {
  type: "edited",
  async step(ctx) {
    const note = (line) => appendFileSync(ctx.config.file, line + "\\n");
    const buy = (what) => ctx.once(what, () => { note("bought " + what); return what; });
    const ask = (prompt) => ctx.llm.Ask({ prompt });
    ${step}
  },
};`;

const before = moduleOf(`
  await buy("tea"); await ask("first"); await buy("milk"); await ask("second");
  await ctx.once("cups", async () => {
    note("waits");
    while (!existsSync(ctx.config.file + "-go")) await new Promise((go) => setTimeout(go, 5));
    process.exit(3);
  }, { unknown: "skip" });`);

/** Another order, one effect that is left out, new ones before and between the others. */
const after = moduleOf(`
  const all = [await buy("sugar"), await ask("second"), await ask("third"), await buy("milk")];
  all.push(await ask("first"), String(await ctx.once("cups", () => "cups", { unknown: "skip" })));
  return { result: all.join(), done: true };`);

test("changed code in an open turn is given what it asks for", async () => {
  const asked: string[] = [];
  await using fleet = await Fleet.start({
    answerLlm: (report) => {
      const { prompt } = report.request.args as { readonly prompt: string };
      asked.push(prompt);
      reply(report, { kind: "done", value: `${prompt} answer`, usage: noUsage });
    },
  });
  const file = join(fleet.database.folder, "book");
  const lines = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  const edit = await fleet.addType("edited", before);
  const seed = { agentType: "edited", subject: null, config: { interval_ms: 0, file } };
  await startAgent(fleet.supervisor, id, seed, "create");
  await until(() => lines().includes("waits"));
  await edit(after);
  const { done } = await fleet.supervisor.restart(id, "restart");
  // It waits for the end of the step, which is that of the thread.
  writeFileSync(`${file}-go`, "");
  await done;
  const { result } = await fleet.database.status(id, "stopped");
  expect(result).toBe("sugar,second answer,third answer,milk,first answer,undefined");
  expect(lines()).toEqual(["bought tea", "bought milk", "waits", "bought sugar"]);
  expect(asked).toEqual(["first", "second", "third"]);
});
