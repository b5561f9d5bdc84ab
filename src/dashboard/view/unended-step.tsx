/** The step that has not ended: it runs, or it waits until somebody knows the outcome of an effect. */

import type { AgentView } from "../../model/agent-view.ts";
import { openDialog, type UnknownEffect } from "../dialogs.ts";
import type { AgentWatch } from "../link/agent-sync.ts";
import { runningStep } from "./agent-now.tsx";
import { Icon } from "./icon.tsx";
import { StepTraceLater } from "./step-trace-later.tsx";

export function UnendedStep({ watch }: { readonly watch: AgentWatch }) {
  const view = watch.view.value;
  const unknown = view === null ? null : unknownOf(view);
  const iteration = unknown?.iteration ?? runningStep(watch)?.iteration;
  if (view === null || iteration === undefined) return null;
  const isHeld = unknown !== null;
  return (
    <li class="step" key={`unended ${iteration}`}>
      <span class="step-number" title={`Step ${iteration}`}>
        <span class="mark" data-tone={isHeld ? "held" : "busy"}>
          <Icon name={isHeld ? "paused" : "running"} />
        </span>
        {iteration}
      </span>
      <span class="step-unended">{isHeld ? "waits for an outcome" : "is running"}</span>
      <span class="step-meta" />
      <StepTraceLater
        agentId={view.agent_id}
        iteration={iteration}
        step={null}
        isOpenFirst={isHeld}
      />
    </li>
  );
}

/** Why the agent is paused, and what lets it continue. */
export function UnknownNotice({ view }: { readonly view: AgentView }) {
  const effect = unknownOf(view);
  if (effect === null) return null;
  return (
    <p class="notice" data-tone="held">
      <Icon name="paused" />
      <span>
        Nobody knows whether <code>{effect.name}</code> of step {effect.iteration} had its effect.
        The agent waits until somebody says so.
      </span>
      <button type="button" class="button" onClick={() => openDialog({ kind: "resolve", effect })}>
        Resolve…
      </button>
    </p>
  );
}

/** The effect whose outcome the agent waits for. */
function unknownOf({ agent_id, paused, last_error }: AgentView): UnknownEffect | null {
  if (!paused || last_error?.code !== "EFFECT_UNKNOWN") return null;
  const { effect_id, key, iteration } = last_error.details ?? {};
  if (typeof effect_id !== "string" || typeof iteration !== "number") return null;
  return { effectId: effect_id, agentId: agent_id, name: String(key), iteration };
}
