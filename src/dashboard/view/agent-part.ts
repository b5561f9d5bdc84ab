/** What each part of an agent's page is about. */

import type { AgentView } from "../../model/agent-view.ts";
import type { AgentWatch } from "../link/agent-sync.ts";

export interface AgentPartProps {
  readonly view: AgentView;
  readonly watch: AgentWatch;
}
