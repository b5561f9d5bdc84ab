/** What needs attention, by cause, most urgent first; each cause with the action that helps. */

import { useEffect, useRef } from "preact/hooks";
import { plural } from "../../picture/number-text.ts";
import { type NotifyState, notifyState, toggleNotify } from "../notify.ts";
import { causes, fleet, fleetVersion, isLoaded } from "../page-store.ts";
import { Button } from "./button.tsx";
import { ScrollPanel } from "./scroll-panel.tsx";
import { CauseItem } from "./trouble-cause.tsx";

export function TroublePage() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <section class="pane trouble-page" aria-labelledby="trouble-title" onKeyDown={moveByKey}>
      <div class="pane-head">
        <h1 id="trouble-title" ref={heading} tabIndex={-1}>
          Needs you
        </h1>
        <Summary />
        <span class="grow" />
        <NotifyButton />
      </div>
      <Causes />
    </section>
  );
}

/** Announced to readers who do not see it, when it changes. */
function Summary() {
  const found = causes.value;
  const ids = new Set(found.flatMap(({ agents }) => agents.map(({ id }) => id)));
  const text =
    found.length === 0 ? "" : `${plural(found.length, "cause")}, ${plural(ids.size, "agent")}`;
  return (
    <span class="faint" role="status">
      {text}
    </span>
  );
}

function Causes() {
  fleetVersion.value;
  const found = causes.value;
  if (!isLoaded.value) return <p class="empty">Loading the agents…</p>;
  if (found.length === 0) {
    return (
      <div class="empty">
        <h2>Nothing needs you</h2>
        <p>
          {plural(fleet.value.size, "agent")}, and none is in error, stuck, silent or short of
          memory.
        </p>
      </div>
    );
  }
  return (
    <ScrollPanel class="trouble-body" role="region" aria-label="Causes">
      <ol class="causes">
        {found.map((cause) => (
          <CauseItem key={cause.id} cause={cause} />
        ))}
      </ol>
    </ScrollPanel>
  );
}

/** J and K move between the causes, as between agents in the list. */
function moveByKey(event: KeyboardEvent): void {
  const by = { j: 1, k: -1 }[event.key];
  if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = [...document.querySelectorAll<HTMLElement>(".cause-title")];
  const at = items.findIndex((item) => item.closest("li")?.contains(document.activeElement));
  items[Math.min(Math.max(at + by, 0), items.length - 1)]?.focus();
}

const notifyWords: Readonly<Record<NotifyState, string>> = {
  off: "Notify me",
  on: "Notifications on",
  blocked: "Notifications are blocked in this browser's settings",
  missing: "",
};

/** Asks for notifications about new causes, or says why there can be none. */
function NotifyButton() {
  const state = notifyState.value;
  if (state === "missing") return null;
  if (state === "blocked") return <span class="faint">{notifyWords.blocked}</span>;
  return (
    <Button
      look="small"
      aria-pressed={state === "on"}
      title="About new causes, while this page is in the background"
      onClick={() => void toggleNotify()}
    >
      {notifyWords[state]}
    </Button>
  );
}
