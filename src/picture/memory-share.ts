/** How much of its memory budget an agent uses. Pure. */

import { type LiveFigures, memoryBytes } from "../model/agent-view.ts";

/** Share of its budget above which an agent is near its end: at the whole budget its thread is ended. */
const MEMORY_SHARE_HIGH = 0.8;

/** From 0 to 1; null if it has no thread, or its budget is not known. */
function memoryShare(live: LiveFigures | null): number | null {
  const budget = live?.memory_max_bytes ?? null;
  return live === null || budget === null || budget <= 0 ? null : memoryBytes(live) / budget;
}

export function isMemoryHigh(live: LiveFigures | null): boolean {
  return (memoryShare(live) ?? 0) > MEMORY_SHARE_HIGH;
}
