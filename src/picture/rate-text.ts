/** The last minute of an agent as a line of text. Pure. */

import type { RateSlot } from "./step-rate.ts";

const bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const NONE = "·";
const FAILED = "×";

/**
 * A character for each slot: a dot without a step, a cross if one failed, else a bar as high as many steps
 * ended. The highest slot has the highest bar.
 */
export function rateLine(slots: readonly RateSlot[]): string {
  const most = Math.max(1, ...slots.map(({ steps }) => steps));
  return slots
    .map(({ steps, failed }) => {
      if (failed > 0) return FAILED;
      if (steps === 0) return NONE;
      return bars[Math.ceil((steps / most) * bars.length) - 1] ?? NONE;
    })
    .join("");
}
