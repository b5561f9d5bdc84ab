/** Guidance in the transcript: what was sent, by whom, and which step used it. */

import type { ActionView } from "../../model/agent-view.ts";
import type { Tone } from "../../picture/status-look.ts";
import { type GuidanceUse, guidanceOf, subjectOf } from "../state/guidance-use.ts";
import { foldedStart } from "../state/result-text.ts";
import type { IconName } from "./icon.tsx";
import { Clock, Mark } from "./marks.tsx";

interface GuidanceEntryProps {
  readonly action: ActionView;
  readonly use: GuidanceUse;
}

export function GuidanceEntry({ action, use }: GuidanceEntryProps) {
  const { actor, created_at } = action;
  const [tone, icon] = looks[use.state];
  return (
    <li class="guidance" data-state={use.state}>
      <p class="guidance-head">
        <span class="guidance-actor">{actor}</span>
        <Clock time={created_at} />
        <Mark tone={tone} icon={icon} text={describe(use)} />
      </p>
      <GuidanceText guidance={guidanceOf(action)} />
    </li>
  );
}

/** A subject as a sentence, anything else as JSON. */
function GuidanceText({ guidance }: { readonly guidance: unknown }) {
  const subject = subjectOf(guidance);
  if (subject !== null) {
    return (
      <p class="guidance-text">
        <span class="faint">New subject </span>
        {subject}
      </p>
    );
  }
  const text = JSON.stringify(guidance, null, 1) ?? "";
  const start = foldedStart(text);
  if (start === null) return <pre class="guidance-text">{text.replace(/\n */g, " ")}</pre>;
  return (
    <details class="guidance-text">
      <summary>
        <code>{start.replace(/\n */g, " ").slice(0, 200)} …</code>
      </summary>
      <pre>{text}</pre>
    </details>
  );
}

const looks: Readonly<Record<GuidanceUse["state"], readonly [Tone, IconName]>> = {
  queued: ["busy", "wait"],
  refused: ["bad", "close"],
  waiting: ["held", "wait"],
  used: ["good", "check"],
};

function describe(use: GuidanceUse): string {
  switch (use.state) {
    case "queued":
      return "queued";
    case "waiting":
      return "waiting for the next step";
    case "refused":
      return `refused: ${use.error?.code ?? "no reason"}`;
    case "used":
      return use.step === null ? "used" : `used by step ${use.step.iteration}`;
  }
}
