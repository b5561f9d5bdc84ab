/**
 * The tabs of an agent's page. The chosen one is in the address, arrow keys move between them, and
 * only the shown part exists.
 */

import type { ComponentType } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { replacePlace } from "../page-address.ts";
import { route } from "../page-store.ts";
import { type AgentTabName, agentPage, agentTabs, tabOf } from "../state/route.ts";
import { AgentErrors } from "./agent-errors.tsx";
import { AgentFacts } from "./agent-facts.tsx";
import { AgentFigures } from "./agent-figures.tsx";
import type { AgentPartProps } from "./agent-part.ts";
import { AgentTranscript } from "./agent-transcript.tsx";
import { lazily } from "./lazy-part.tsx";
import { ScrollPanel } from "./scroll-panel.tsx";

interface AgentTab {
  readonly label: string;
  readonly part: ComponentType<AgentPartProps>;
}

const loadContext = async () => (await import("./agent-context.tsx")).AgentContext;

const loadLogs = async () => (await import("./log-tab.tsx")).LogTab;
const loadInside = async () => (await import("./inside-tab.tsx")).InsideTab;

/** A large part is `lazily(…)`: it is loaded when it is first shown. */
const parts: Readonly<Record<AgentTabName, AgentTab>> = {
  transcript: { label: "Transcript", part: AgentTranscript },
  context: { label: "Context", part: lazily(loadContext) },
  errors: { label: "Errors", part: AgentErrors },
  logs: { label: "Logs", part: lazily(loadLogs) },
  inside: { label: "Inside", part: lazily(loadInside) },
  figures: { label: "Figures", part: AgentFigures },
  details: { label: "Details", part: AgentFacts },
};

export function TabList({ agentId }: { readonly agentId: string }) {
  const shown = tabOf(route.value);
  return (
    <div class="tab-list" role="tablist" aria-label={`Parts of ${agentId}`}>
      {agentTabs.map((name) => (
        <Tab key={name} id={agentId} name={name} isShown={name === shown} />
      ))}
    </div>
  );
}

export function TabPanel({ view, watch }: AgentPartProps) {
  const shown = tabOf(route.value);
  const { part: Part } = parts[shown];
  const panel = useRef<HTMLDivElement>(null);
  // The page scrolls as a whole. Each part starts at its top, but the transcript at its end.
  useLayoutEffect(() => {
    if (shown !== "transcript") panel.current?.closest(".agent-page")?.scrollTo(0, 0);
  }, [shown]);
  return (
    <ScrollPanel
      class="tab-panel"
      role="tabpanel"
      id={panelId(shown)}
      aria-labelledby={tabId(shown)}
      panel={panel}
    >
      <Part key={shown} view={view} watch={watch} />
    </ScrollPanel>
  );
}

interface TabProps {
  readonly id: string;
  readonly name: AgentTabName;
  readonly isShown: boolean;
}

/** One of them is in the order of the Tab key; the arrow keys lead to the others. */
function Tab({ id, name, isShown }: TabProps) {
  return (
    <button
      type="button"
      role="tab"
      class="tab"
      id={tabId(name)}
      aria-selected={isShown}
      aria-controls={isShown ? panelId(name) : undefined}
      tabIndex={isShown ? 0 : -1}
      onClick={() => show(id, name)}
      onKeyDown={(event) => {
        const next = nextTab(name, event.key);
        if (next === undefined) return;
        event.preventDefault();
        show(id, next);
        document.getElementById(tabId(next))?.focus();
      }}
    >
      {parts[name].label}
    </button>
  );
}

/** The Back button leaves the agent, however many of its tabs were looked at. */
function show(id: string, name: AgentTabName): void {
  replacePlace(agentPage(id, name));
}

function nextTab(name: AgentTabName, key: string): AgentTabName | undefined {
  const at = agentTabs.indexOf(name);
  switch (key) {
    case "ArrowRight":
      return agentTabs[(at + 1) % agentTabs.length];
    case "ArrowLeft":
      return agentTabs.at(at - 1);
    case "Home":
      return agentTabs[0];
    case "End":
      return agentTabs.at(-1);
    default:
      return undefined;
  }
}

function tabId(name: AgentTabName): string {
  return `tab-${name}`;
}

function panelId(name: AgentTabName): string {
  return `panel-${name}`;
}
