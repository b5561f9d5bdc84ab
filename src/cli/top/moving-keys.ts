/** Keys that move. Pure. */

import type { Key } from "./state.ts";

/** How many places a key moves by. */
export function placesOf({ name, text }: Key, page: number): number | undefined {
  if (text === "G") return Number.MAX_SAFE_INTEGER;
  switch (name) {
    case "up":
    case "k":
      return -1;
    case "down":
    case "j":
      return 1;
    case "pageup":
      return -page;
    case "pagedown":
    case "space":
      return page;
    case "home":
    case "g":
      return Number.MIN_SAFE_INTEGER;
    case "end":
      return Number.MAX_SAFE_INTEGER;
    default:
      return undefined;
  }
}
