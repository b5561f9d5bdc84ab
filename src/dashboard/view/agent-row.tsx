/** One row of the list. Drawn again only when its agent has changed. */

import { Component } from "preact";
import { go, toggleSelected } from "../navigation.ts";
import { activeId, now } from "../page-store.ts";
import { type AgentEntry, memoryOf } from "../state/agent-entry.ts";
import type { ListRow } from "../state/agent-rows.ts";
import { agoText, bytesText, countText, percentText, rateText } from "../state/number-text.ts";
import { hashOf } from "../state/route.ts";
import { troubleOfEntry } from "../state/trouble.ts";
import { Icon } from "./icon.tsx";
import { Ago, StatusMark } from "./marks.tsx";

/** Milliseconds from which on a step in flight is shown in the list. */
const LONG_STEP_MS = 5_000;

interface AgentRowProps {
  readonly entry: AgentEntry;
  /** Place in the whole list. */
  readonly index: number;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  /** Its page is the one beside the list. */
  readonly isOpened: boolean;
}

export class AgentRow extends Component<AgentRowProps> {
  override shouldComponentUpdate(next: AgentRowProps): boolean {
    const { entry, index, isSelected, isActive, isOpened } = this.props;
    return (
      entry !== next.entry ||
      index !== next.index ||
      isSelected !== next.isSelected ||
      isActive !== next.isActive ||
      isOpened !== next.isOpened
    );
  }

  override render({ entry, index, isSelected, isActive, isOpened }: AgentRowProps) {
    const { id } = entry;
    return (
      <tr
        id={`agent-${id}`}
        class={isActive ? "agent-row active" : "agent-row"}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        aria-current={isOpened ? "page" : undefined}
        data-status={entry.status}
        onClick={(event) => clickRow(event, id)}
      >
        <td class="col-select">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select ${id}`}
            checked={isSelected}
            onClick={(event) => toggleSelected(id, event.shiftKey)}
          />
        </td>
        <Cells entry={entry} />
      </tr>
    );
  }
}

/** A click on the row opens the agent; one on what is in it does what that does. */
function clickRow(event: MouseEvent, id: string): void {
  activeId.value = id;
  const target = event.target instanceof Element ? event.target : null;
  const isOwn = target?.closest("a, input, button") != null;
  // Who misses the box by some pixels means it nevertheless.
  const isBeside = target?.closest(".col-select") != null;
  if (isOwn || String(getSelection()) !== "") return;
  if (isBeside || event.shiftKey || event.ctrlKey || event.metaKey)
    toggleSelected(id, event.shiftKey);
  else go({ page: "agent", id });
}

function Cells({ entry }: { readonly entry: AgentEntry }) {
  const { id, type, subject, iteration, pending, cpuShare, updatedAt } = entry;
  const memory = memoryOf(entry);
  return (
    <>
      <td class="col-status">
        <Status entry={entry} />
        {entry.unresponsiveSince !== null && (
          <span class="flag" title="Not responding">
            stuck
          </span>
        )}
      </td>
      <td class="col-id">
        <a href={hashOf({ page: "agent", id })} tabIndex={-1} title={`${id}, of type ${type}`}>
          {id}
        </a>
        {pending.length > 0 && (
          <span class="flag" title="Guidance waiting for the next step">
            +{pending.length}
          </span>
        )}
        <span class="second-line">{lastWords(entry)}</span>
      </td>
      <td class="col-subject" title={subject ?? ""}>
        {subject}
      </td>
      <td class="col-iteration number">{countText(iteration)}</td>
      <td class="col-result" title={lastWords(entry)}>
        <LastWords entry={entry} />
      </td>
      <td class="col-rate number">
        <Rate entry={entry} />
      </td>
      <td class="col-memory number">{memory === null ? "" : bytesText(memory)}</td>
      <td class="col-cpu number">{cpuShare === null ? "" : percentText(cpuShare)}</td>
      <td class="col-updated number">
        <Ago time={updatedAt} />
      </td>
    </>
  );
}

/** Who paused itself, or has done its work, is not like the others of its status. */
function Status({ entry }: { readonly entry: AgentEntry }) {
  const { status, exit } = entry;
  const trouble = troubleOfEntry(entry);
  if (trouble === "self_paused" || trouble === "safe_mode") {
    return (
      <span class="mark" data-tone="bad" title="Paused automatically because of failures">
        <Icon name="error" />
        <span class="mark-text">{status}</span>
      </span>
    );
  }
  if (status === "stopped" && exit?.reason === "finished") {
    return <StatusMark status={status} text="finished" />;
  }
  return <StatusMark status={status} />;
}

/** What went wrong says more than the last result; so does a step that takes long. */
function lastWords(entry: AgentEntry): string {
  const { status, error, result, exit } = entry;
  const isFailed = status === "restarting" || troubleOfEntry(entry) !== null;
  if (isFailed && error !== null) return error.message;
  const isFinished = status === "stopped" && exit?.reason === "finished";
  return isFinished && result === null ? "finished" : (result ?? "");
}

function LastWords({ entry }: { readonly entry: AgentEntry }) {
  const isFailed = entry.status === "restarting" || troubleOfEntry(entry) !== null;
  const words = lastWords(entry);
  return (
    <>
      <LongStep entry={entry} />
      <span class={isFailed ? "bad-text" : ""}>{words}</span>
    </>
  );
}

function LongStep({ entry }: { readonly entry: AgentEntry }) {
  const since = entry.live?.step_since ?? null;
  if (since === null || since < entry.updatedAt - 1_000) return null;
  const took = now.value - since;
  if (took < LONG_STEP_MS) return null;
  return (
    <span class="faint">
      step {entry.iteration + 1} for {agoText(took)}
      {lastWords(entry) === "" ? "" : " · "}
    </span>
  );
}

function Rate({ entry }: { readonly entry: AgentEntry }) {
  const perMinute = entry.rate.perMinute(now.value);
  return <>{perMinute === 0 ? "" : `${rateText(perMinute)}/min`}</>;
}

interface GroupRowProps {
  readonly row: Extract<ListRow, { kind: "group" }>;
  readonly index: number;
  /** Columns that are shown. */
  readonly columns: number;
}

export function GroupRow({ row, index, columns }: GroupRowProps) {
  return (
    <tr class="group-row" aria-rowindex={index + 2}>
      <td colSpan={columns}>
        <StatusMark status={row.status} /> <span class="faint">{countText(row.count)}</span>
      </td>
    </tr>
  );
}
