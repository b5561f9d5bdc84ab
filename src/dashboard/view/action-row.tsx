/** One action of the queue; its payload and its error can be unfolded. */

import { useState } from "preact/hooks";
import { durationText } from "../../picture/time-text.ts";
import type { QueueReader } from "../link/queue-reader.ts";
import type { ActionEntry } from "../state/action-rows.ts";
import { hintOf } from "../state/action-text.ts";
import { hashOf } from "../state/route.ts";
import { ErrorBox } from "./error-box.tsx";
import { JsonBox } from "./json-box.tsx";
import { Ago, OutcomeMark } from "./marks.tsx";

interface ActionRowProps {
  readonly action: ActionEntry;
  readonly reader: QueueReader;
}

export function ActionRow({ action, reader }: ActionRowProps) {
  const [isOpen, setOpen] = useState(false);
  const { id, agent_id: agentId, created_at, processed_at, attempts, urgency } = action;
  // Actions that were read have a payload; those without one were reported by events.
  const isNew = action.payload === undefined && !reader.isReading.value;
  const toggle = () => {
    if (!isOpen && action.payload === undefined) void reader.readOne(id);
    setOpen(!isOpen);
  };
  return (
    <>
      <tr data-outcome={action.outcome ?? "waiting"}>
        <td>
          <OutcomeMark outcome={action.outcome} />
          {isNew && (
            <span class="new-mark" title="Queued since you opened this page">
              <span class="hidden-text">new</span>
            </span>
          )}
        </td>
        <td>
          <button type="button" class="link action-name" aria-expanded={isOpen} onClick={toggle}>
            {action.action}
          </button>
          <ErrorCode action={action} />
          <span class="action-hint">{hintOf(action.payload)}</span>
        </td>
        <td class="col-id">
          {agentId !== null && <a href={hashOf({ page: "agent", id: agentId })}>{agentId}</a>}
        </td>
        <td class="col-actor">{action.actor}</td>
        <td class="number col-urgency">{urgency === 0 ? "" : urgency}</td>
        <td class="number col-attempts">{attempts === 0 ? "" : attempts}</td>
        <td class="number">
          <Ago time={created_at} />
        </td>
        <td class="number col-took">
          {processed_at === null ? "" : durationText(processed_at - created_at)}
        </td>
      </tr>
      {isOpen && <More action={action} />}
    </>
  );
}

function More({ action }: { readonly action: ActionEntry }) {
  return (
    <tr class="action-more">
      <td colSpan={8}>
        <p class="faint">
          <code>{action.id}</code>
        </p>
        {action.error !== null && (
          <ErrorBox error={action.error} isNote={action.outcome === "done"} />
        )}
        <JsonBox title="Payload" value={action.payload} isOpen />
      </td>
    </tr>
  );
}

/** Of an action that was done it is a note, not an error. */
function ErrorCode({ action: { error, outcome } }: { readonly action: ActionEntry }) {
  if (error === null) return null;
  return <code class={outcome === "done" ? "action-note" : "action-code"}>{error.code}</code>;
}
