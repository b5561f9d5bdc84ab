/** How far a running step is, as people read it. Pure. */

import type { Progress } from "../model/agent-view.ts";

/** `page 3 of 9 (33 %)`. */
export function progressText({ text, fraction }: Pick<Progress, "text" | "fraction">): string {
  if (fraction === null) return text;
  const percent = `${Math.floor(fraction * 100)} %`;
  return text === "" ? percent : `${text} (${percent})`;
}
