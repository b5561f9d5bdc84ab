/** The page of one agent: its name, state and controls, and tabs with all that is known of it. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { frameText, placeFrame } from "../../model/agent-inside.ts";
import { ageText } from "../../picture/time-text.ts";
import { AgentWatch } from "../link/agent-sync.ts";
import { go, isInGrid } from "../navigation.ts";
import { activeId, now, receipts, receiptsVersion } from "../page-store.ts";
import { agentPage, hashOf } from "../state/route.ts";
import { AgentControls } from "./agent-controls.tsx";
import { runningStep } from "./agent-now.tsx";
import { AgentReceipts } from "./agent-receipts.tsx";
import { AgentTabs } from "./agent-tabs.tsx";
import { Icon } from "./icon.tsx";
import { StatusMark } from "./marks.tsx";
import { OpenedStep } from "./opened-step.tsx";
import { ElsewhereNote } from "./shard-switch.tsx";
import { UnknownNotice } from "./unended-step.tsx";

export function AgentPage({ id }: { readonly id: string }) {
  const watch = useMemo(() => new AgentWatch(id), [id]);
  useEffect(() => () => watch[Symbol.dispose](), [watch]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The list marks the agent, whichever link led here.
    activeId.value = id;
    // Keys scroll the focused element; the list and dialogs keep the focus.
    const { activeElement } = document;
    const isElsewhere = isInGrid(activeElement) || activeElement?.closest("dialog") != null;
    if (!isElsewhere) heading.current?.focus({ preventScroll: true });
  }, [id]);
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
        <h1 title={id} ref={heading} tabIndex={-1}>
          {id}
        </h1>
        <Title watch={watch} />
      </div>
      <div class="agent-body">
        <AgentReceipts agentId={id} />
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
      <OpenedStep agentId={id} />
      <Silence id={id} watch={watch} />
      <UnknownNotice view={view} />
      <AgentTabs view={view} watch={watch} />
    </>
  );
}

function Silence({ id, watch }: BodyProps) {
  const since = watch.live.value?.unresponsive_since ?? null;
  if (since === null) return null;
  const step = runningStep(watch);
  const frame = placeFrame(watch.live.value?.unresponsive_frames ?? []);
  return (
    <p class="notice" data-tone="bad">
      <Icon name="error" />
      <span>
        Not responding for {ageText(now.value - since)}
        {step === null ? "" : `, in step ${step.iteration}`}
        {frame !== undefined && (
          <>
            , at <code>{frameText(frame)}</code>
          </>
        )}
        . <a href={hashOf(agentPage(id, "inside"))}>Look inside</a>, or destroy it, which terminates
        it when its grace period is over.
      </span>
    </p>
  );
}

/** A requested agent may not exist yet, or never. */
function Missing({ id, watch }: BodyProps) {
  receiptsVersion.value;
  const error = watch.error.value;
  const asked = receipts.list().find(({ agentId }) => agentId === id);
  if (asked !== undefined && asked.settledAt === null) {
    return <p class="empty">Creating…</p>;
  }
  if (error === null) return <p class="empty">Loading the agent…</p>;
  return (
    <div class="empty">
      <h2>No agent {id}</h2>
      <p>{error.message}</p>
      <ElsewhereNote agentId={id} />
      <button type="button" class="button" onClick={() => go({ page: "agents" })}>
        Back to the list
      </button>
    </div>
  );
}
