/** An agent of the type `slow-setup`, whose setup has begun and ends when a test lets it. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAgentId } from "../../src/model/ids.ts";
import type { ManagedAgent } from "../../src/supervisor/managed-agent.ts";
import type { Fleet } from "./fleet.ts";
import { until } from "./until.ts";

const id = parseAgentId("agent1");

export interface Starting {
  readonly agent: ManagedAgent;
  readonly started: Promise<void>;
  /** Lets the setup of one that waits end. */
  readonly end: () => Promise<void>;
}

/** Resolves once setup has begun. */
export async function beginSetup(fleet: Fleet, how: string): Promise<Starting> {
  const { supervisor, database } = fleet;
  const [mark, end] = ["mark", "end"].map((name) => join(database.folder, name)) as [
    string,
    string,
  ];
  const config = { how, mark, end, interval_ms: 10 };
  const seed = { agentType: "slow-setup", subject: null, config };
  const { started } = await supervisor.begin(id, seed, "action1");
  started.catch(() => undefined);
  await until(() => existsSync(mark));
  const agent = await until(() => supervisor.find(id));
  return { agent, started, end: () => writeFile(end, "") };
}
