/** A step's result for people: text as it is, JSON indented, and the start of what is long. Pure. */

/** A longer text is folded to about so much. */
const FOLDED_CHARS = 1_200;
const FOLDED_LINES = 14;
/** A text that is only a little longer is shown whole. */
const SLACK = 1.4;
/** Longer JSON is shown as it is stored: indenting it would take too long. */
const JSON_CHARS_MAX = 200_000;

export interface ResultText {
  readonly text: string;
  readonly isJson: boolean;
}

/** Only objects and lists are structured; a number or a quoted word is text. */
export function resultText(result: string): ResultText {
  const isStructured = /^\s*[[{]/.test(result) && result.length <= JSON_CHARS_MAX;
  if (!isStructured) return { text: result, isJson: false };
  try {
    return { text: JSON.stringify(JSON.parse(result), null, 2), isJson: true };
  } catch {
    return { text: result, isJson: false };
  }
}

/** The start of a long text, which ends between characters and, if possible, words; null if it is short. */
export function foldedStart(text: string): string | null {
  const isShort = text.length <= FOLDED_CHARS * SLACK;
  const end = endOfLine(text, FOLDED_LINES);
  if (isShort && (end === -1 || endOfLine(text, FOLDED_LINES * SLACK) === -1)) return null;
  const cut = text.slice(0, Math.min(FOLDED_CHARS, end === -1 ? FOLDED_CHARS : end));
  const whole = cut.toWellFormed() === cut ? cut : cut.slice(0, -1);
  if (whole.length < FOLDED_CHARS - 1) return whole;
  const word = whole.search(/\s\S{0,40}$/);
  return word === -1 ? whole : whole.slice(0, word);
}

/** Where the line with this number ends, counted from 1; -1 if there are not so many. */
function endOfLine(text: string, line: number): number {
  let at = -1;
  for (let count = 0; count < line; count++) {
    at = text.indexOf("\n", at + 1);
    if (at === -1) return -1;
  }
  return at;
}

/** The first line of a message that is not empty. */
export function firstLine(message: string): string {
  return (
    message
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? ""
  );
}
