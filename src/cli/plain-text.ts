/**
 * Text for a terminal: what others wrote, made harmless, and measured as a terminal shows it.
 * Results, ids and errors come from models and from foreign writers: nothing in them may move the
 * cursor, colour the screen or turn the direction of the line.
 */

import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";

/** Marks that turn the direction of what follows. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

const graphemes = new Intl.Segmenter();

/** The text on one line; line breaks and other control characters become a space. */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(DIRECTION_MARKS, "")
    .replace(CONTROLS, " ")
    .trimEnd();
}

/** The same, line by line. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plainLine).join("\n");
}

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
