/**
 * The one door for text from the server: what agents, models and foreign writers wrote cannot turn
 * the direction of a line here, and control characters are seen.
 */

/** Marks that turn the direction of what follows, in JSON text as the server writes it. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
/** Control characters but tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Escaped in JSON text, as those below a space have to be. */
const ESCAPED = /\\u00[01]/;
/** The picture of U+0000; those of the following ones come after it. */
const PICTURES = 0x2400;

/** @throws {SyntaxError} where it is not JSON. */
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
