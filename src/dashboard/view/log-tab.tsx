/** The agent's last log lines, live. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LogLine } from "../../model/agent-inside.ts";
import { clockText } from "../../picture/time-text.ts";
import { LogFollower } from "../link/log-follower.ts";
import { matchesLine } from "../state/log-lines.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { ErrorBox } from "./error-box.tsx";
import { ScrollPanel } from "./scroll-panel.tsx";

/** Pixels from the end within which a reader counts as being there. */
const NEAR_END = 40;

export function LogTab({ view: { agent_id: id }, watch }: AgentPartProps) {
  const follower = useMemo(() => new LogFollower(id, watch), [id, watch]);
  useEffect(() => () => follower[Symbol.dispose](), [follower]);
  const [query, setQuery] = useState("");
  const lines = follower.lines.value;
  const shown =
    query.trim() === "" ? lines : lines.filter((line) => matchesLine(line, query.trim()));
  const error = follower.error.value;
  return (
    <div class="panel log-panel">
      <div class="log-head">
        <h2 id="log-title">
          Log <span class="panel-value">{countOf(shown.length, lines.length)}</span>
        </h2>
        <input
          class="input"
          type="search"
          placeholder="Filter"
          aria-label="Filter the log lines"
          value={query}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        />
      </div>
      {error !== null && <ErrorBox title="The log cannot be read" error={error} />}
      {shown.length > 0 && <Lines lines={shown} />}
      {shown.length === 0 && follower.hasRead.value && (
        <p class="empty-line">
          {lines.length === 0
            ? "Nothing logged since the process started. `ctx.log` and the console write here."
            : "No line fits the filter."}
        </p>
      )}
    </div>
  );
}

function countOf(shown: number, all: number): string {
  return shown === all ? `last ${all} lines` : `${shown} of the last ${all} lines`;
}

/** It follows its end, unless the reader has scrolled up. */
function Lines({ lines }: { readonly lines: readonly LogLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (isAtEnd.current) box.current?.scrollTo(0, box.current.scrollHeight);
  }, [lines]);
  return (
    <ScrollPanel
      class="log-lines"
      role="log"
      aria-labelledby="log-title"
      aria-live="off"
      panel={box}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
      }}
    >
      {lines.map((line) => (
        <p key={line.n} class="log-line" data-level={line.level}>
          <span class="faint">{clockText(line.at)}</span> <b>{line.level}</b>{" "}
          <span class="log-text">
            {line.message}
            {line.fields !== null && <span class="faint"> {JSON.stringify(line.fields)}</span>}
          </span>
        </p>
      ))}
    </ScrollPanel>
  );
}
