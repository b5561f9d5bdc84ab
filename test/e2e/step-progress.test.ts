/** How far a step is, and the deadline of a step that never settles or never yields, as users of the program see them. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect, type TroupeEvent } from "../../src/index.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const TOKEN = "a-token-for-this-test";

const module = `
export default {
  type: "pages",
  step_timeout_ms: 200,
  destroy_timeout_ms: 100,
  restart: "temporary",
  async step({ config: { kind }, progress, guidance }) {
    if (kind === "reads" && guidance.length === 0) {
      progress("page 3 of 9", 1 / 3, { extendMs: 60_000 });
      await new Promise(() => undefined);
    }
    for (let n = 0; kind === "loops"; n++) progress("round " + n);
    if (kind === "hangs") await new Promise(() => undefined);
    return { result: "done", next: "guidance" };
  },
};
`;

test("a step shows its progress, and one that does not end in time ends alone", async () => {
  await using folder = await makeTempFolder();
  await mkdir(join(folder.path, "agents"));
  await writeFile(join(folder.path, "agents/pages.mjs"), module);
  const env = { TROUPE_TOKEN: TOKEN, TROUPE_LLM: "offline" };
  await using program = await Program.start({ cwd: folder.path, env });
  const [, url = ""] = /(http:\S+)\/\?token=/.exec(await program.line(/^Troupe serves/)) ?? [];
  await using client = connect(url, { token: TOKEN });
  const run = async (...args: readonly string[]) => {
    await using command = new Program({ cwd: folder.path, env: { ...env, TROUPE_URL: url }, args });
    expect(await command.exited()).toBe(0);
    await command.closed();
    return command.output;
  };
  const said = Promise.withResolvers<TroupeEvent>();
  const ending = new AbortController();
  const following = (async () => {
    const options = { types: ["agent.progress"], signal: ending.signal } as const;
    for await (const event of client.events(options)) {
      if (event.agent_id === "reads") said.resolve(event);
    }
  })();
  const create = (id: string) =>
    client.agentCreate(id, "test", { agentType: "pages", config: { kind: id } });
  for (const id of ["works", "reads", "hangs", "loops"]) await create(id);

  const expected = { iteration: 1, text: "page 3 of 9", fraction: 1 / 3 };
  expect((await said.promise).data).toMatchObject(expected);
  const reads = await until(async () => {
    const found = await client.agentFind("reads");
    return found?.live?.progress !== null && found;
  });
  expect(reads.live?.progress).toMatchObject(expected);
  expect(await run("agent", "show", "reads")).toMatch(/progress +page 3 of 9 \(33 %\)/);
  expect(await run("agent", "list")).toMatch(/page 3 of 9/);

  for (const id of ["hangs", "loops"]) {
    const ended = await until(async () => {
      const found = await client.agentFind(id);
      return found?.status === "error" && found;
    });
    expect(ended.last_error).toMatchObject({
      code: "STEP_TIMEOUT",
      details: { timeout_ms: 200, grace_ms: 100, iteration: 0 },
    });
  }
  const works = await client.agentFind("works");
  expect(works).toMatchObject({ status: "running", generation: 1, iteration: 1, last_error: null });
  expect(await client.agentFind("reads")).toMatchObject({ status: "running", generation: 1 });
  ending.abort();
  await following;
});
