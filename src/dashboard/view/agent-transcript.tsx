/** What the agent does now, its guidance and its steps. */

import { AgentGuidance } from "./agent-guidance.tsx";
import { AgentNow } from "./agent-now.tsx";
import type { AgentPartProps } from "./agent-part.ts";
import { AgentSteps } from "./agent-steps.tsx";

export function AgentTranscript({ view, watch }: AgentPartProps) {
  return (
    <>
      <AgentNow view={view} watch={watch} />
      <AgentGuidance view={view} watch={watch} />
      <AgentSteps watch={watch} />
    </>
  );
}
