/** Guidance that was sent to the agent, and what became of it. */

import type { ActionView, AgentView } from "../../model/agent-view.ts";
import type { Tone } from "../../picture/status-look.ts";
import { clockText } from "../../picture/time-text.ts";
import type { AgentWatch } from "../link/agent-sync.ts";
import { type GuidanceUse, guidanceOf, useOf } from "../state/guidance-use.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Ago } from "./marks.tsx";

interface AgentGuidanceProps {
  readonly view: AgentView;
  readonly watch: AgentWatch;
}

export function AgentGuidance({ view, watch }: AgentGuidanceProps) {
  const interrupts = watch.interrupts.value;
  if (interrupts.length === 0) return null;
  const steps = watch.steps.value;
  return (
    <div class="panel">
      <h2>Guidance</h2>
      <ul class="guidance">
        {interrupts.map((action) => (
          <GuidanceLine key={action.id} action={action} use={useOf(action, view, steps)} />
        ))}
      </ul>
    </div>
  );
}

interface GuidanceLineProps {
  readonly action: ActionView;
  readonly use: GuidanceUse;
}

function GuidanceLine({ action, use }: GuidanceLineProps) {
  const [tone, icon] = looks[use.state];
  return (
    <li>
      <span class="mark" data-tone={tone}>
        <Icon name={icon} />
        <span class="mark-text">{describe(use)}</span>
      </span>
      <code class="guidance-text">{JSON.stringify(guidanceOf(action))}</code>
      <span class="faint">
        {action.actor}, <Ago time={action.created_at} isPhrase />
      </span>
    </li>
  );
}

const looks: Readonly<Record<GuidanceUse["state"], readonly [Tone, IconName]>> = {
  queued: ["busy", "wait"],
  refused: ["bad", "close"],
  waiting: ["held", "wait"],
  used: ["good", "check"],
};

function describe(use: GuidanceUse): string {
  switch (use.state) {
    case "queued":
      return "queued";
    case "waiting":
      return "waiting for the next step";
    case "refused":
      return `refused: ${use.error?.code ?? "no reason"}`;
    case "used":
      return use.step === null
        ? "used"
        : `used by step ${use.step.iteration} at ${clockText(use.step.started_at)}`;
  }
}
