/** The agent's own state. */

import type { AgentPartProps } from "./agent-part.ts";
import { JsonBox } from "./json-box.tsx";

export function AgentContext({ view }: AgentPartProps) {
  return (
    <div class="panel">
      <JsonBox title="Context" value={view.context} isOpen />
    </div>
  );
}
