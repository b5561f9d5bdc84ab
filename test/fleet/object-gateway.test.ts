/** A fleet whose database is on a real object store. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import { isMissing } from "../support/needed-programs.ts";
import { gatewayPrograms, ObjectGateway } from "../support/object-gateway.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));

describe.skipIf(isMissing(gatewayPrograms))("on an object gateway", () => {
  let gateway: ObjectGateway;

  beforeAll(async () => {
    gateway = await ObjectGateway.start();
  });

  afterAll(() => gateway[Symbol.asyncDispose]());

  test("a fleet runs, ends and continues", async () => {
    await gateway.makeBucket("runs");
    await using folder = await makeTempFolder();
    const env = { ...gateway.env("runs"), TROUPE_AGENTS: agents };
    const iterationOf = async (program: Program) => {
      const [, address = "", token = ""] =
        /(http:\S+)\/\?token=(\S+)/.exec(await program.line(/^Troupe serves/)) ?? [];
      const client = connect(address, { token });
      return async () => (await client.agentFind("agent1"))?.iteration ?? 0;
    };
    let reached = 0;
    {
      await using program = await Program.start({ cwd: folder.path, env });
      const [, address = "", token = ""] =
        /(http:\S+)\/\?token=(\S+)/.exec(await program.line(/^Troupe serves/)) ?? [];
      const client = connect(address, { token });
      const config = { interval_ms: 100 };
      const id = await client.agentCreate("agent1", "test", { agentType: "ledger", config });
      expect(await client.actionWait(id, 60_000)).toMatchObject({ outcome: "done" });
      const iteration = await iterationOf(program);
      reached = await until(async () => (await iteration()) > 5 && iteration());
      expect(await program.end()).toBe(0);
    }
    await using program = await Program.start({ cwd: folder.path, env });
    const iteration = await iterationOf(program);
    await until(async () => (await iteration()) > reached);
    expect(await program.end()).toBe(0);
  });
});
