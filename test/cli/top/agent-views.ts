/** Agents as the server shows them, with what the test cares about put in. */

import type { AgentView, LiveFigures } from "../../../src/model/agent-view.ts";
import { agentRow } from "../sample-rows.ts";

export function agentView(agentId: string, given: Partial<AgentView> = {}): AgentView {
  return { ...agentRow(agentId), live: null, ...given };
}

export function liveFigures(given: Partial<LiveFigures> = {}): LiveFigures {
  return {
    heap_bytes: 4 * 1024 ** 2,
    external_bytes: 1024 ** 2,
    shared_bytes: 0,
    cpu_ms: 0,
    mailbox_length: 0,
    unresponsive_since: null,
    step_since: null,
    ...given,
  };
}
