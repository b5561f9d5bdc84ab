/** The agent's steps and its guidance as a conversation: the newest is at the end, which is shown first. */

import { useEffect, useRef, useState } from "preact/hooks";
import { countText } from "../../picture/number-text.ts";
import type { AgentWatch } from "../link/agent-sync.ts";
import { STEPS_KEPT_MAX } from "../state/step-pages.ts";
import {
  countNew,
  ENTRIES_A_PAGE,
  OLDEST,
  shownFrom,
  type TranscriptEntry,
  transcriptOf,
} from "../state/transcript.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { CurrentStep } from "./current-step.tsx";
import { Icon } from "./icon.tsx";
import { PassingButton } from "./passing-button.tsx";
import { GuidanceEntry } from "./transcript-guidance.tsx";
import { type TranscriptScroll, useTranscriptScroll } from "./transcript-scroll.ts";
import { StepEntry } from "./transcript-step.tsx";

export function AgentTranscript({ view, watch }: AgentPartProps) {
  const list = useRef<HTMLOListElement>(null);
  const scroll = useTranscriptScroll(list);
  const entries = transcriptOf({
    steps: watch.steps.value,
    interrupts: watch.interrupts.value,
    agent: view,
    isWhole: watch.hasSteps.value && watch.older.value === "none",
  });
  const { shown, older, fresh } = useShown(entries, scroll.isAtEnd.value, watch);
  return (
    <div class="transcript">
      <Older scroll={scroll} older={older} shown={shown.length} />
      {older.isCut && <NewestOnly agentId={view.agent_id} />}
      {entries.length === 0 && (
        <p class="empty-line">{watch.hasSteps.value ? "No step has ended." : "Loading steps…"}</p>
      )}
      <ol class="entries" aria-label="Transcript" ref={list}>
        {shown.map((entry) => (
          <Entry key={entry.key} entry={entry} />
        ))}
      </ol>
      <CurrentStep view={view} watch={watch} scroll={scroll} />
      <ToEnd scroll={scroll} fresh={fresh} />
    </div>
  );
}

interface OlderEntries {
  /** There are some, here or on the server. */
  readonly has: boolean;
  /** How many there are here. */
  readonly hidden: number;
  /** All that have room are shown, and there are older ones. */
  readonly isCut: boolean;
  readonly isLoading: boolean;
  /** The last request brought none: the next one is up to the reader. */
  readonly isStuck: boolean;
  readonly load: () => Promise<void>;
}

interface Shown {
  readonly shown: readonly TranscriptEntry[];
  readonly older: OlderEntries;
  /** Entries that came while the reader was further up. */
  readonly fresh: number;
}

/** At the end only the newest entries are shown; for a reader further up, what is shown stays. */
function useShown(entries: readonly TranscriptEntry[], isAtEnd: boolean, watch: AgentWatch): Shown {
  const [firstKey, setFirst] = useState<string | null>(null);
  const [isLoading, setLoading] = useState(false);
  const [isStuck, setStuck] = useState(false);
  const atEnd = useRef<{ first: string | null; seen: ReadonlySet<string> }>(nothingSeen);
  const shown = shownFrom(entries, isAtEnd ? null : (firstKey ?? atEnd.current.first));
  if (isAtEnd) {
    const seen = new Set(entries.map(({ key }) => key));
    atEnd.current = { first: shown[0]?.key ?? null, seen };
  }
  useEffect(() => {
    if (!isAtEnd) return;
    setFirst(null);
    setStuck(false);
  }, [isAtEnd]);
  const hidden = entries.length - shown.length;
  const further = watch.older.value;
  const load = async () => {
    if (isLoading) return;
    if (hidden >= ENTRIES_A_PAGE || further !== "loadable") {
      return setFirst(entries[Math.max(0, hidden - ENTRIES_A_PAGE)]?.key ?? OLDEST);
    }
    setLoading(true);
    setStuck(!(await watch.loadOlder()));
    setLoading(false);
    setFirst(OLDEST);
  };
  const has = hidden > 0 || further === "loadable";
  const older = { has, hidden, isCut: !has && further === "no_room", isLoading, isStuck, load };
  return { shown, older, fresh: isAtEnd ? 0 : countNew(entries, atEnd.current.seen) };
}

const nothingSeen = { first: null, seen: new Set<string>() };

interface OlderProps {
  readonly scroll: TranscriptScroll;
  readonly older: OlderEntries;
  /** How many entries there are: the reader can still be at the start after some were added. */
  readonly shown: number;
}

/** Loads automatically when the reader gets there; the button is for keys, and for another attempt. */
function Older({ scroll, older, shown }: OlderProps) {
  const { has, hidden, isLoading, isStuck, load } = older;
  const isThere = scroll.isAtStart.value && !scroll.isAtEnd.value;
  useEffect(() => {
    // The entries added by this rendering have moved the reader away from the start since.
    const isStillThere = scroll.isAtStart.peek() && !scroll.isAtEnd.peek();
    if (isStillThere && has && !isLoading && !isStuck) void load();
    // Those that were here are gone if steps between them and the shown ones were missed.
  }, [isThere, has, hidden, isLoading, isStuck, shown]);
  if (!has) return null;
  return (
    <PassingButton
      class="button button-small older"
      aria-disabled={isLoading}
      onClick={() => {
        scroll.toStart();
        void load();
      }}
      next={() => document.querySelector(".entries")}
    >
      {isLoading ? "Loading…" : "Load older steps"}
    </PassingButton>
  );
}

function NewestOnly({ agentId }: { readonly agentId: string }) {
  return (
    <p class="empty-line">
      The newest {countText(STEPS_KEPT_MAX)} steps are shown. Older ones:{" "}
      <code>troupe agent steps {agentId}</code>
    </p>
  );
}

interface ToEndProps {
  readonly scroll: TranscriptScroll;
  readonly fresh: number;
}

function ToEnd({ scroll, fresh }: ToEndProps) {
  if (scroll.isAtEnd.value) return null;
  return (
    <button type="button" class="button button-small to-end" onClick={() => scroll.toEnd()}>
      <Icon name="down" />
      {fresh === 0 ? "To the end" : `${countText(fresh)} new`}
    </button>
  );
}

function Entry({ entry }: { readonly entry: TranscriptEntry }) {
  switch (entry.kind) {
    case "step":
      return <StepEntry step={entry.step} subject={entry.subject} />;
    case "guidance":
      return <GuidanceEntry action={entry.action} use={entry.use} />;
    case "start":
      return <li class="entry-start">Started again: generation {entry.generation}</li>;
  }
}
