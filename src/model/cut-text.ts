/** Cuts text that is too long, never inside a character. Pure; loaded by every agent's thread. */

/**
 * The first `charsMax` UTF-16 units of the text; one less if the cut would split a surrogate pair,
 * because strict JSON readers refuse half a pair.
 */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const isInPair = isHighSurrogate(text.charCodeAt(charsMax - 1));
  return text.slice(0, isInPair ? charsMax - 1 : charsMax);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
