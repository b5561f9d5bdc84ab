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

/** The text in parts that fit, broken anywhere between characters; one empty part of an empty text. */
export function wrapToWidth(text: string, width: number): readonly string[] {
  const parts: string[] = [];
  let begin = 0;
  let taken = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    const segmentWidth = widthOf(segment);
    if (taken + segmentWidth > width && index > begin) {
      parts.push(text.slice(begin, index));
      begin = index;
      taken = 0;
    }
    taken += segmentWidth;
  }
  return [...parts, text.slice(begin)];
}
