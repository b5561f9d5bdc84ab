/** What needs attention, as lines of `troupe top`. Pure. */

import type { TroubleCause } from "../../picture/trouble-causes.ts";
import { causeText, timesText, troubleAdvice, troubleTitle } from "../../picture/trouble-text.ts";
import { cutToWidth, plainLine } from "../text/plain-text.ts";
import type { Look } from "./look.ts";
import { selectedCause } from "./needs-view.ts";
import type { NeedsView } from "./state.ts";

/** Lines of each cause: its title, the cause, its agents, and an empty one. */
const LINES_EACH = 4;
/** Lines above and below: the head of the screen, the title, the bottom line. */
const FRAME_LINES = 4;

/** As many causes as fit, the selected one among them. */
export function needsLines(
  causes: readonly TroubleCause[],
  needs: NeedsView,
  look: Look,
): readonly string[] {
  const title = look.paint("bold", "needs you");
  if (causes.length === 0) return [title, "", "nothing needs attention"];
  const shown = Math.max(1, Math.floor((look.rows - FRAME_LINES) / LINES_EACH));
  const selected = selectedCause(causes, needs);
  const first = Math.max(0, Math.min(selected - shown + 1, causes.length - shown));
  const lines = causes
    .slice(first, first + shown)
    .flatMap((cause, n) => linesOf(cause, first + n === selected, look));
  return [title, ...lines];
}

function linesOf(cause: TroubleCause, isSelected: boolean, look: Look): readonly string[] {
  const { now, columns, paint } = look;
  const cut = (text: string) => cutToWidth(plainLine(text), columns);
  const head = cut(`${isSelected ? ">" : " "} ${troubleTitle(cause)}, ${timesText(cause, now)}`);
  const text = causeText(cause);
  return [
    isSelected ? paint("inverse", head) : paint("red", head),
    cut(`    ${text === "" ? troubleAdvice(cause.trouble) : text}`),
    cut(`    ${cause.agents.map(({ id }) => id).join("  ")}`),
    "",
  ];
}
