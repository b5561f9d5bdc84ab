/** How large the terminal is, and how text is coloured there. Types only. */

import type { InspectColor } from "node:util";

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** Colours text, or leaves it unchanged if no colours are wanted. */
export type Paint = (style: InspectColor, text: string) => string;

export interface Look extends Size {
  readonly paint: Paint;
  readonly now: number;
}
