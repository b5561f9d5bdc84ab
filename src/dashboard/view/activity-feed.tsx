/** The last events, newest first. They do not move while the pointer or the focus is on them. */

import { useRef, useState } from "preact/hooks";
import { isStatus } from "../../picture/status-tone.ts";
import { clockText } from "../../picture/time-text.ts";
import { activity, activityVersion, fleet, fleetVersion } from "../page-store.ts";
import type { ActivityKind, ActivityLine } from "../state/activity.ts";
import { hashOf } from "../state/route.ts";
import { Choices } from "./choices.tsx";
import type { IconName } from "./icon.tsx";
import { Mark } from "./marks.tsx";

const LINES_SHOWN = 80;
/** With more agents the steps are too many to read, so they are hidden until requested. */
const FEW_AGENTS = 25;

const kindsOf = {
  All: ["step", "change", "trouble"],
  Changes: ["change", "trouble"],
  Trouble: ["trouble"],
} as const satisfies Readonly<Record<string, readonly ActivityKind[]>>;

type Filter = keyof typeof kindsOf;

const filters = (["All", "Changes", "Trouble"] as const).map((value) => ({ value, text: value }));

export function ActivityFeed() {
  const [chosen, setFilter] = useState<Filter | null>(null);
  fleetVersion.value;
  const filter = chosen ?? (fleet.value.size > FEW_AGENTS ? "Changes" : "All");
  const [isHeld, setHeld] = useState(false);
  const lines = useHeld(isHeld, filter, () => activity.latest(kindsOf[filter], LINES_SHOWN));
  return (
    <section class="pane feed" aria-label="Activity">
      <div class="pane-head">
        <h2>Activity</h2>
        {isHeld && <span class="faint">paused while you read</span>}
        <span class="grow" />
        <Choices name="Show" choices={filters} chosen={filter} choose={setFilter} />
      </div>
      <ol
        class="feed-lines"
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        onFocusCapture={() => setHeld(true)}
        onBlurCapture={() => setHeld(false)}
      >
        {lines.map((line) => (
          <FeedLine key={line.key} line={line} />
        ))}
      </ol>
      {lines.length === 0 && (
        <p class="empty-line">{emptyWords[filter]} since you opened this page.</p>
      )}
    </section>
  );
}

const emptyWords: Readonly<Record<Filter, string>> = {
  All: "Nothing has happened",
  Changes: "No agent has changed",
  Trouble: "Nothing has gone wrong",
};

/** The last value while it is held; otherwise it follows the events. */
function useHeld<T>(isHeld: boolean, key: string, read: () => T): T {
  const version = activityVersion.value;
  const kept = useRef<{ key: string; version: number; value: T } | null>(null);
  const known = kept.current;
  if (known === null || known.key !== key || (!isHeld && known.version !== version)) {
    kept.current = { key, version, value: read() };
  }
  return (kept.current as { value: T }).value;
}

function FeedLine({ line }: { readonly line: ActivityLine }) {
  const { time, tone, agentId, title, text, count } = line;
  return (
    <li class="feed-line">
      <Mark tone={tone} icon={iconOf(line)} />
      <span class="feed-what">
        {agentId !== null && <a href={hashOf({ page: "agent", id: agentId })}>{agentId}</a>}{" "}
        <span class="feed-title">
          {title}
          {count > 1 && ` ${count}×`}
        </span>
      </span>
      <time class="feed-time" dateTime={new Date(time).toISOString()}>
        {clockText(time)}
      </time>
      {text !== "" && <span class="feed-text">{text}</span>}
    </li>
  );
}

function iconOf({ kind, tone, title }: ActivityLine): IconName {
  if (isStatus(title)) return title;
  if (kind === "trouble") return tone === "held" ? "close" : "error";
  if (kind === "step") return "check";
  if (title === "guidance") return "bolt";
  return "check";
}
