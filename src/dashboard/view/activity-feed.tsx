/** The last events, newest first. They do not move while the pointer or the focus is on them. */

import { useRef, useState } from "preact/hooks";
import { isStatus } from "../../picture/status-tone.ts";
import { clockText } from "../../picture/time-text.ts";
import { activity, activityVersion, fleet, fleetVersion } from "../page-store.ts";
import type { ActivityKind, ActivityLine } from "../state/activity.ts";
import { Icon, type IconName } from "./icon.tsx";

const LINES_SHOWN = 80;
/** With more agents the steps are too many to read, so they are hidden until requested. */
const FEW_AGENTS = 25;

const filters: readonly { readonly name: string; readonly kinds: readonly ActivityKind[] }[] = [
  { name: "All", kinds: ["step", "change", "trouble"] },
  { name: "Changes", kinds: ["change", "trouble"] },
  { name: "Trouble", kinds: ["trouble"] },
];

export function ActivityFeed() {
  const [chosen, setFilter] = useState<string | null>(null);
  fleetVersion.value;
  const filter = chosen ?? (fleet.value.size > FEW_AGENTS ? "Changes" : "All");
  const [isHeld, setHeld] = useState(false);
  const kinds = filters.find(({ name }) => name === filter)?.kinds ?? [];
  const lines = useHeld(isHeld, filter, () => activity.latest(kinds, LINES_SHOWN));
  return (
    <section class="pane feed" aria-label="Activity">
      <div class="pane-head">
        <h2>Activity</h2>
        {isHeld && <span class="faint">paused while you read</span>}
        <span class="grow" />
        <div class="tabs" role="group" aria-label="Show">
          {filters.map(({ name }) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === filter}
              onClick={() => setFilter(name)}
            >
              {name}
            </button>
          ))}
        </div>
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

const emptyWords: Readonly<Record<string, string>> = {
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
      <span class="mark" data-tone={tone}>
        <Icon name={iconOf(line)} />
      </span>
      <span class="feed-what">
        {agentId !== null && <a href={`#/agents/${encodeURIComponent(agentId)}`}>{agentId}</a>}{" "}
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
