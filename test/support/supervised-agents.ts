/** Starts and ends of agents, awaited to their ends. */

import type { AgentId } from "../../src/model/ids.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import type { StopReceipt } from "../../src/supervisor/thread/stop-ladder.ts";

/** Resolves once its setup has ended; rejects with the reason if it did not start. */
export async function startAgent(
  supervisor: Supervisor,
  ...request: Parameters<Supervisor["begin"]>
): Promise<void> {
  await (await supervisor.begin(...request)).started;
}

/** Resolves with the receipt once the end is stored. */
export async function destroyAgent(
  supervisor: Supervisor,
  agentId: AgentId,
  ...request: readonly [actionId: string, note?: string]
): Promise<StopReceipt> {
  const { receipt, stored } = await supervisor.end(agentId, ...request);
  await stored;
  return receipt;
}
