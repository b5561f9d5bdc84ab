/** The page of one agent: its name, state and controls, tabs with all that is known of it, and receipts. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { frameText, placeFrame } from "../../model/agent-inside.ts";
import type { AgentView } from "../../model/agent-view.ts";
import { ageText } from "../../picture/time-text.ts";
import { openDialog } from "../dialogs.ts";
import { focusIfSought } from "../guidance-drafts.ts";
import { AgentWatch } from "../link/agent-sync.ts";
import { go, isInGrid } from "../navigation.ts";
import { activeId, now, receipts, receiptsVersion, route } from "../page-store.ts";
import { agentPage, hashOf, tabOf } from "../state/route.ts";
import { stepInFlight } from "../state/running-step.ts";
import { unknownEffectOf } from "../state/unknown-effect.ts";
import { AgentControls } from "./agent-controls.tsx";
import type { AgentPartProps } from "./agent-part.ts";
import { TabList, TabPanel } from "./agent-tabs.tsx";
import { Button, IconButton } from "./button.tsx";
import { Composer } from "./composer.tsx";
import { Icon } from "./icon.tsx";
import { StatusMark } from "./marks.tsx";
import { OpenedStep } from "./opened-step.tsx";
import { AgentReceipts } from "./receipt-tray.tsx";
import { ElsewhereNote } from "./shard-switch.tsx";

interface PageProps {
  readonly id: string;
  readonly watch: AgentWatch;
}

export function AgentPage({ id }: { readonly id: string }) {
  const watch = useMemo(() => new AgentWatch(id), [id]);
  useEffect(() => () => watch[Symbol.dispose](), [watch]);
  return (
    <section class="pane agent-page" aria-label={`Agent ${id}`}>
      <Top id={id} watch={watch} />
      <Body id={id} watch={watch} />
      <div class="agent-dock">
        <AgentReceipts agentId={id} />
        <Foot id={id} watch={watch} />
      </div>
    </section>
  );
}

/** It stays in sight while the page scrolls. */
function Top({ id, watch }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The list marks the agent, whichever link led here.
    activeId.value = id;
    // Keys scroll the focused element; the list, dialogs and fields keep the focus.
    const { activeElement } = document;
    const isElsewhere =
      isInGrid(activeElement) || activeElement?.closest("dialog, textarea") != null;
    if (!isElsewhere) heading.current?.focus({ preventScroll: true });
  }, [id]);
  const view = watch.view.value;
  return (
    <div class="agent-top">
      <div class="pane-head agent-head">
        <IconButton
          icon="back"
          label="Back to the list"
          title="Back to the list (Esc)"
          onClick={() => go({ page: "agents" })}
        />
        <h1 title={id} ref={heading} tabIndex={-1}>
          {id}
        </h1>
        {view !== null && <StatusMark status={view.status} />}
        {view !== null && <span class="faint agent-type">{view.agent_type}</span>}
        {view !== null && <AgentControls view={view} />}
      </div>
      {view !== null && <Subject view={view} watch={watch} />}
      {view !== null && <Silence view={view} watch={watch} />}
      {view !== null && <UnknownNotice view={view} />}
      {view !== null && <TabList agentId={id} />}
    </div>
  );
}

function Subject({ view, watch }: AgentPartProps) {
  const last = watch.steps.value.find(({ result }) => result !== null);
  const subject = last?.subject ?? view.current_subject;
  if (subject === null) return null;
  return (
    <p class="now-subject" title={subject}>
      <span class="faint">Subject </span>
      {subject}
    </p>
  );
}

function Body({ id, watch }: PageProps) {
  const view = watch.view.value;
  return (
    <div class="agent-body">
      <OpenedStep agentId={id} />
      {view === null ? <Missing id={id} watch={watch} /> : <TabPanel view={view} watch={watch} />}
    </div>
  );
}

/** An agent that is not there takes no guidance. */
function Foot({ id, watch }: PageProps) {
  useEffect(focusIfSought);
  if (tabOf(route.value) !== "transcript" || watch.error.value !== null) return null;
  return <Composer id={id} view={watch.view.value} />;
}

function Silence({ view, watch }: AgentPartProps) {
  const since = watch.live.value?.unresponsive_since ?? null;
  if (since === null) return null;
  const step = stepInFlight(view, watch.live.value, watch.steps.value);
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
        . <a href={hashOf(agentPage(view.agent_id, "inside"))}>Look inside</a>, or destroy it, which
        terminates it when its grace period is over.
      </span>
    </p>
  );
}

/** Why the agent is paused, and what lets it continue. */
function UnknownNotice({ view }: { readonly view: AgentView }) {
  const effect = unknownEffectOf(view);
  if (effect === null) return null;
  return (
    <p class="notice" data-tone="held">
      <Icon name="paused" />
      <span>
        It is unknown whether <code>{effect.name}</code> of step {effect.iteration} had its effect.
        The agent waits until somebody resolves it.
      </span>
      <Button onClick={() => openDialog({ kind: "resolve", effect })}>Resolve…</Button>
    </p>
  );
}

/** A requested agent may not exist yet, or never. */
function Missing({ id, watch }: PageProps) {
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
      <Button onClick={() => go({ page: "agents" })}>Back to the list</Button>
    </div>
  );
}
