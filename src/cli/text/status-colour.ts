/** The terminal's colour of each tone in which statuses are shown. */

import type { InspectColor } from "node:util";
import type { Tone } from "../../picture/status-look.ts";
import { type TonedStatus, toneOf } from "../../picture/status-tone.ts";
import { paint } from "./terminal-output.ts";

export const toneColours: Readonly<Record<Tone, InspectColor>> = {
  good: "green",
  busy: "cyan",
  held: "yellow",
  bad: "red",
  idle: "gray",
};

export function paintStatus(status: TonedStatus, text: string): string {
  return paint(toneColours[toneOf(status)], text);
}
