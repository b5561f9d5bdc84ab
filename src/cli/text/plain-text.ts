/** Text for a terminal: what others wrote, made harmless, and measured as a terminal shows it. */

import stringWidth from "string-width";

export { plainLine, plainLines } from "../../plain-line.ts";

const graphemes = new Intl.Segmenter();

/** Columns that the text takes on a terminal: 日 takes two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text, or as much of it as fits before an ellipsis. Cuts between characters as people see them. */
export function cutToWidth(text: string, width: number): string {
  let taken = 0;
  // Where the text ends if an ellipsis has to follow.
  let cutAt = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    taken += widthOf(segment);
    if (taken > width) return `${text.slice(0, cutAt).trimEnd()}…`;
    if (taken <= width - 1) cutAt = index + segment.length;
  }
  return text;
}

/**
 * The text in parts that fit: broken at a space if one is in the second half of the part, else between
 * characters. One empty part of an empty text.
 */
export function wrapToWidth(text: string, width: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  for (let end = findBreak(rest, width); end !== undefined; end = findBreak(rest, width)) {
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

/** Where the second part begins; undefined if all of it fits. */
function findBreak(text: string, width: number): number | undefined {
  let taken = 0;
  let behindSpace = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    const after = index + segment.length;
    taken += widthOf(segment);
    if (taken > width) return segment === " " ? after : behindSpace || index || after;
    if (segment === " " && taken > width / 2) behindSpace = after;
  }
  return undefined;
}
