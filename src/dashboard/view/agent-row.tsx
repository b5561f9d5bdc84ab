/** One row of the list. Drawn again only when its agent has changed, and not while its text is marked: then it shows that it is held. */

import { Component, createRef } from "preact";
import { capitalize } from "../../model/actions/action-registry.ts";
import {
  type AgentPicture,
  lastOutcome,
  memoryOf,
  statusText,
  troubleOfAgent,
} from "../../picture/agent-picture.ts";
import {
  bytesText,
  countText,
  percentText,
  rateText,
  shortCountText,
} from "../../picture/number-text.ts";
import { progressText } from "../../picture/progress-text.ts";
import { costText } from "../../picture/spent-text.ts";
import { ageText } from "../../picture/time-text.ts";
import { troubleShort } from "../../picture/trouble-text.ts";
import { hasMarkedText } from "../marked-text.ts";
import { go, toggleSelected } from "../navigation.ts";
import { activeId, now } from "../page-store.ts";
import type { ListRow } from "../state/agent-rows.ts";
import { hashOf } from "../state/route.ts";
import { Ago, Mark, StatusMark } from "./marks.tsx";

/** Least milliseconds of a running step that the list shows. */
const LONG_STEP_MS = 5_000;

interface AgentRowProps {
  readonly agent: AgentPicture;
  /** Index in the whole list. */
  readonly index: number;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  /** Its page is open next to the list. */
  readonly isOpened: boolean;
}

export class AgentRow extends Component<AgentRowProps> {
  readonly #row = createRef<HTMLTableRowElement>();
  /** What it shows while its text is marked, whatever else changes; null otherwise. */
  #held: AgentPicture | null = null;

  override shouldComponentUpdate(next: AgentRowProps): boolean {
    const { agent, index, isSelected, isActive, isOpened } = this.props;
    const isMoved = index !== next.index || isSelected !== next.isSelected;
    const isLit = isActive !== next.isActive || isOpened !== next.isOpened;
    const isNews = agent !== next.agent && this.#held === null;
    if (!isNews || !hasMarkedText(this.#row.current)) return isMoved || isLit || isNews;
    this.#held = agent;
    document.addEventListener("selectionchange", this.#catchUp);
    this.#row.current?.toggleAttribute("data-held", true);
    return isMoved || isLit;
  }

  override componentWillUnmount(): void {
    document.removeEventListener("selectionchange", this.#catchUp);
  }

  /** Shows what has changed while text was marked. */
  readonly #catchUp = (): void => {
    if (hasMarkedText(this.#row.current)) return;
    document.removeEventListener("selectionchange", this.#catchUp);
    this.#row.current?.toggleAttribute("data-held", false);
    this.#held = null;
    this.forceUpdate();
  };

  override render({ index, isSelected, isActive, isOpened, ...props }: AgentRowProps) {
    const agent = this.#held ?? props.agent;
    const { id } = agent;
    return (
      <tr
        ref={this.#row}
        id={`agent-${id}`}
        class={isActive ? "agent-row active" : "agent-row"}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        aria-current={isOpened ? "page" : undefined}
        data-status={agent.status}
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
        <Cells agent={agent} />
      </tr>
    );
  }
}

/** A click on the row opens the agent; links and boxes in the row do what they always do. */
function clickRow(event: MouseEvent, id: string): void {
  activeId.value = id;
  const target = event.target instanceof Element ? event.target : null;
  const isOwn = target?.closest("a, input, button") != null;
  // A click a few pixels next to the box is meant for the box.
  const isBeside = target?.closest(".col-select") != null;
  if (isOwn || String(getSelection()) !== "") return;
  if (isBeside || event.shiftKey || event.ctrlKey || event.metaKey)
    toggleSelected(id, event.shiftKey);
  else go({ page: "agent", id });
}

function Cells({ agent }: { readonly agent: AgentPicture }) {
  const { id, type, subject, iteration, pending, cpuShare, updatedAt, tokens, costUsd, unpriced } =
    agent;
  const memory = memoryOf(agent);
  return (
    <>
      <td class="col-status">
        <Status agent={agent} />
      </td>
      <td class="col-id">
        <a href={hashOf({ page: "agent", id })} tabIndex={-1} title={`${id} (type ${type})`}>
          {id}
        </a>
        {pending.length > 0 && (
          <span class="flag" title="Guidance waiting for the next step">
            +{pending.length}
          </span>
        )}
        <span class="second-line">{lastOutcome(agent)}</span>
      </td>
      <td class="col-subject" title={subject ?? ""}>
        {subject}
      </td>
      <td class="col-iteration number">{countText(iteration)}</td>
      <td class="col-result" title={lastOutcome(agent)}>
        <LastOutcome agent={agent} />
      </td>
      <td class="col-rate number">
        <Rate agent={agent} />
      </td>
      <td class="col-memory number">{memory === null ? "" : bytesText(memory)}</td>
      <td class="col-cpu number">{cpuShare === null ? "" : percentText(cpuShare)}</td>
      <td class="col-tokens number">{tokens === null ? "" : shortCountText(tokens)}</td>
      <td class="col-cost number">{costText({ cost_usd: costUsd, unpriced_tokens: unpriced })}</td>
      <td class="col-updated number">
        <Ago time={updatedAt} />
      </td>
    </>
  );
}

/** An agent that paused itself, or does not respond, must not look healthy. */
function Status({ agent }: { readonly agent: AgentPicture }) {
  const trouble = troubleOfAgent(agent);
  if (trouble === null || trouble === "error") {
    return <StatusMark status={agent.status} text={statusText(agent)} />;
  }
  const title = capitalize(troubleShort(trouble));
  return <Mark tone="bad" icon="error" text={statusText(agent)} title={title} />;
}

function LastOutcome({ agent }: { readonly agent: AgentPicture }) {
  return (
    <>
      <LongStep agent={agent} />
      <SaidProgress agent={agent} />
      <span class={agent.hasFailed ? "bad-text" : ""}>{lastOutcome(agent)}</span>
    </>
  );
}

function LongStep({ agent }: { readonly agent: AgentPicture }) {
  const since = agent.live?.step_since ?? null;
  if (since === null || since < agent.updatedAt - 1_000) return null;
  const took = now.value - since;
  if (took < LONG_STEP_MS) return null;
  return (
    <span class="faint">
      step {agent.iteration + 1} for {ageText(took)}
      {lastOutcome(agent) === "" ? "" : " · "}
    </span>
  );
}

function SaidProgress({ agent }: { readonly agent: AgentPicture }) {
  if (agent.progress === null) return null;
  return (
    <span class="progress-text">
      {progressText(agent.progress)}
      {lastOutcome(agent) === "" ? "" : " · "}
    </span>
  );
}

function Rate({ agent }: { readonly agent: AgentPicture }) {
  const perMinute = agent.rate.perMinute(now.value);
  return <>{perMinute === undefined || perMinute === 0 ? "" : `${rateText(perMinute)}/min`}</>;
}

interface GroupRowProps {
  readonly row: Extract<ListRow, { kind: "group" }>;
  readonly index: number;
  /** Columns shown. */
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
