/**
 * The only way in for text from the server: text of agents, models and foreign writers cannot
 * change the direction of a line, and control characters are visible.
 */

/** Marks that change the direction of text, in JSON as the server writes it. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
/** Control characters except tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Control characters escaped in JSON. */
const ESCAPED = /\\u00[01]/;
/** The visible sign for U+0000; the signs for the other control characters follow it. */
const PICTURES = 0x2400;

/** @throws {SyntaxError} if it is not JSON */
export function parseHarmless<T>(text: string): T {
  const turned = text.replace(TURNS, "\ufffd");
  if (!ESCAPED.test(turned)) return JSON.parse(turned) as T;
  return JSON.parse(turned, (_, value: unknown) =>
    typeof value === "string" ? value.replace(CONTROLS, picture) : value,
  ) as T;
}

function picture(control: string): string {
  const code = control.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(PICTURES + code) : "\ufffd";
}
