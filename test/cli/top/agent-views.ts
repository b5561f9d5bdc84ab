/** Agents as the server shows them, with what the test cares about put in. */

import { type AgentView, type LiveFigures, viewAgent } from "../../../src/model/agent-view.ts";
import * as sample from "../../support/sample-rows.ts";
import { agentRow } from "../sample-rows.ts";

export function agentView(agentId: string, given: Partial<AgentView> = {}): AgentView {
  return { ...viewAgent(agentRow(agentId)), ...given };
}

export function liveFigures(given: Partial<LiveFigures> = {}): LiveFigures {
  return sample.liveFigures({ external_bytes: 1024 ** 2, ...given });
}
