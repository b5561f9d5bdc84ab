/** One row of the list. Drawn again only when its agent has changed. */

import { Component } from "preact";
import { go, toggleSelected } from "../navigation.ts";
import { type AgentEntry, memoryOf } from "../state/agent-entry.ts";
import type { ListRow } from "../state/agent-list.ts";
import { bytesText, countText, percentText, rateText } from "../state/number-text.ts";
import { hashOf } from "../state/route.ts";
import { activeId, now } from "../store.ts";
import { Ago, StatusMark } from "./marks.tsx";

interface AgentRowProps {
  readonly entry: AgentEntry;
  /** Place in the whole list. */
  readonly index: number;
  readonly isSelected: boolean;
  readonly isActive: boolean;
}

export class AgentRow extends Component<AgentRowProps> {
  override shouldComponentUpdate(next: AgentRowProps): boolean {
    const { entry, index, isSelected, isActive } = this.props;
    return (
      entry !== next.entry ||
      index !== next.index ||
      isSelected !== next.isSelected ||
      isActive !== next.isActive
    );
  }

  override render({ entry, index, isSelected, isActive }: AgentRowProps) {
    const { id } = entry;
    return (
      <tr
        id={`agent-${id}`}
        class={isActive ? "agent-row active" : "agent-row"}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
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
  const isOwn = event.target instanceof Element && event.target.closest("a, input, button");
  if (isOwn || String(getSelection()) !== "") return;
  if (event.shiftKey || event.ctrlKey || event.metaKey) toggleSelected(id, event.shiftKey);
  else go({ page: "agent", id });
}

function Cells({ entry }: { readonly entry: AgentEntry }) {
  const { id, type, status, subject, iteration, pending, cpuShare, updatedAt } = entry;
  const memory = memoryOf(entry);
  return (
    <>
      <td class="col-status">
        <StatusMark status={status} />
        {entry.unresponsiveSince !== null && <span class="flag">stuck</span>}
      </td>
      <td class="col-id">
        <a href={hashOf({ page: "agent", id })} tabIndex={-1} title={`${id}, of type ${type}`}>
          {id}
        </a>
        {pending.length > 0 && (
          <span class="flag" title="Guidance that waits to be used">
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

/** The error of an agent that failed says more than its last result. */
function lastWords({ status, error, result }: AgentEntry): string {
  const isFailed = status === "error" || status === "restarting" || error?.code === "SAFE_MODE";
  return isFailed && error !== null ? error.message : (result ?? "");
}

function LastWords({ entry }: { readonly entry: AgentEntry }) {
  const isFailed = entry.status === "error" || entry.status === "restarting";
  return <span class={isFailed ? "bad-text" : ""}>{lastWords(entry)}</span>;
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
