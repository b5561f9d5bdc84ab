/** The palette's field and its choice, and what keys do with them. Pure. */

import type { PaletteEntry } from "./palette-entries.ts";

export interface PaletteInput {
  readonly text: string;
  /** Which entry is chosen; the last one if there are fewer. */
  readonly chosen: number;
}

/** `take` has no entry if none is offered. */
export type KeyEffect =
  | { readonly kind: "input"; readonly input: PaletteInput }
  | { readonly kind: "take"; readonly entry: PaletteEntry | undefined };

/** What a key does that is not for the text; undefined if it does nothing. */
export function effectOfKey(
  key: string,
  { text, chosen }: PaletteInput,
  entries: readonly PaletteEntry[],
): KeyEffect | undefined {
  const at = Math.min(chosen, entries.length - 1);
  const moved = (by: number): KeyEffect => {
    const next = (at + by + entries.length) % Math.max(1, entries.length);
    return { kind: "input", input: { text, chosen: next } };
  };
  switch (key) {
    case "ArrowDown":
      return moved(1);
    case "ArrowUp":
      return moved(-1);
    case "Enter":
      return { kind: "take", entry: entries[at] };
    case "Tab":
      return entries[at] && { kind: "input", input: newInput(entries[at].text) };
    default:
      return undefined;
  }
}

export function newInput(text: string): PaletteInput {
  return { text, chosen: 0 };
}

/**
 * The field after keys that were typed before it was there, up to the first one that runs something.
 * @param keys names of keys, as events have them
 * @param offer what the palette offers for a text
 */
export function replayKeys(
  first: string,
  keys: readonly string[],
  offer: (text: string) => readonly PaletteEntry[],
): { readonly input: PaletteInput; readonly hasEntered: boolean } {
  let input = newInput(first);
  for (const key of keys) {
    const typed = textAfter(key, input.text);
    const effect = typed === undefined ? effectOfKey(key, input, offer(input.text)) : undefined;
    if (typed !== undefined) input = newInput(typed);
    else if (effect?.kind === "input") input = effect.input;
    else if (effect?.kind === "take") {
      const { entry } = effect;
      if (entry === undefined || entry.command !== null) return { input, hasEntered: true };
      input = newInput(entry.text);
    }
  }
  return { input, hasEntered: false };
}

/** Undefined for a key that types nothing. */
function textAfter(key: string, text: string): string | undefined {
  if (key === "Backspace") return [...text].slice(0, -1).join("");
  return [...key].length === 1 ? text + key : undefined;
}
