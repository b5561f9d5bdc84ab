/** The words of a typed command. Pure. */

/** `type=joke` is a setting, `agent1` a name. */
export interface CommandWords {
  readonly names: readonly string[];
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** From the first `{` that begins a word to the end; null if there is none. */
  readonly json: string | null;
  /** The word whose quote is not closed; null if there is none. */
  readonly unclosed: string | null;
}

/** Quotes hold spaces together: `subject="two dogs"`. */
export function readWords(text: string): CommandWords {
  const at = text.search(/(?<!\S)\{/);
  const json = at === -1 ? null : text.slice(at).trim();
  const words = (at === -1 ? text : text.slice(0, at)).match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  const plain = words.map((word) => word.replaceAll('"', ""));
  return {
    names: plain.filter((word) => !isSetting(word)),
    settings: plain.filter(isSetting).map(splitSetting),
    json,
    unclosed: words.find((word) => word.split('"').length % 2 === 0) ?? null,
  };
}

function isSetting(word: string): boolean {
  return word.indexOf("=") > 0;
}

function splitSetting(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}
