/** The page of one agent: what it does now, what it did, what it was told, what it costs. */

import { useEffect, useMemo } from "preact/hooks";
import { AgentWatch } from "../link/agent-watch.ts";
import { go } from "../navigation.ts";
import { agoText } from "../state/number-text.ts";
import { now, receipts, receiptsVersion } from "../store.ts";
import { AgentControls } from "./agent-controls.tsx";
import { AgentFacts } from "./agent-facts.tsx";
import { AgentFigures } from "./agent-figures.tsx";
import { AgentGuidance } from "./agent-guidance.tsx";
import { AgentNow, runningStep } from "./agent-now.tsx";
import { AgentSteps } from "./agent-steps.tsx";
import { ErrorBox } from "./error-box.tsx";
import { Icon } from "./icon.tsx";
import { StatusMark } from "./marks.tsx";

export function AgentPage({ id }: { readonly id: string }) {
  const watch = useMemo(() => new AgentWatch(id), [id]);
  useEffect(() => () => watch[Symbol.dispose](), [watch]);
  return (
    <section class="pane agent-page" aria-label={`Agent ${id}`}>
      <div class="pane-head agent-head">
        <button
          type="button"
          class="button button-icon"
          aria-label="Back to the list"
          title="Back to the list (Esc)"
          onClick={() => go({ page: "agents" })}
        >
          <Icon name="back" />
        </button>
        <h1 title={id}>{id}</h1>
        <Title watch={watch} />
      </div>
      <div class="agent-body">
        <Body id={id} watch={watch} />
      </div>
    </section>
  );
}

function Title({ watch }: { readonly watch: AgentWatch }) {
  const view = watch.view.value;
  if (view === null) return null;
  return (
    <>
      <StatusMark status={view.status} />
      <span class="faint">{view.agent_type}</span>
    </>
  );
}

interface BodyProps {
  readonly id: string;
  readonly watch: AgentWatch;
}

function Body({ id, watch }: BodyProps) {
  const view = watch.view.value;
  if (view === null) return <Missing id={id} watch={watch} />;
  return (
    <>
      <AgentControls view={view} />
      <Silence watch={watch} />
      <AgentNow view={view} watch={watch} />
      {view.last_error !== null && <ErrorBox title="Last error" error={view.last_error} />}
      <AgentFigures watch={watch} />
      <AgentGuidance view={view} watch={watch} />
      <AgentSteps watch={watch} />
      <AgentFacts view={view} />
    </>
  );
}

function Silence({ watch }: { readonly watch: AgentWatch }) {
  const since = watch.live.value?.unresponsive_since ?? null;
  if (since === null) return null;
  const step = runningStep(watch);
  return (
    <p class="notice" data-tone="bad">
      <Icon name="error" />
      Not responding for {agoText(now.value - since)}
      {step === null ? "" : `, in step ${step.iteration}`}. Destroy ends it after its grace.
    </p>
  );
}

/** An agent that was asked for may not be there yet, or never come. */
function Missing({ id, watch }: BodyProps) {
  receiptsVersion.value;
  const error = watch.error.value;
  const asked = receipts.list().find(({ agentId }) => agentId === id);
  if (asked !== undefined && asked.settledAt === null) {
    return <p class="empty">Asked for; waiting until it is there…</p>;
  }
  if (error === null) return <p class="empty">Reading the agent…</p>;
  return (
    <div class="empty">
      <h2>No agent {id}</h2>
      <p>{error.message}</p>
      <button type="button" class="button" onClick={() => go({ page: "agents" })}>
        Back to the list
      </button>
    </div>
  );
}
