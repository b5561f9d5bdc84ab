/** What can be seen of agents' threads from outside: their insides when asked, and their last log lines. */

import type { LogLine } from "../../model/agent-inside.ts";
import type { AgentId } from "../../model/ids.ts";
import type { Supervisor } from "../supervisor.ts";
import { AgentInspector } from "./agent-inspector.ts";
import { AgentLogs } from "./agent-logs.ts";

export class Inside implements AsyncDisposable {
  readonly inspector: AgentInspector;
  readonly logs: AgentLogs;

  /** @param supervisorOf it is made later @param onLine called with each line of each agent */
  constructor(
    supervisorOf: () => Pick<Supervisor, "agents" | "getRow">,
    onLine: (agentId: AgentId, line: LogLine) => void,
  ) {
    this.inspector = new AgentInspector(supervisorOf);
    this.logs = new AgentLogs(onLine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inspector[Symbol.asyncDispose]();
  }
}
